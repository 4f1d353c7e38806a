"""Puzzles to learn from and puzzles that are kept back, from grids of different seeds."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.sudoku.generator import Puzzle, sparse_puzzle, with_clues
from diffgemma_lsp.sudoku.grid import FREE, is_solution, read_grid, write_grid
from diffgemma_lsp.sudoku.symmetry import random_symmetry
from diffgemma_lsp.training.sudoku.vocabulary import answer_tokens, clue_tokens

CLASSES = ((46, 50), (41, 45), (36, 40), (31, 35), (26, 30))
"""Bounds of the numbers of clues, both counted in: from easy to hard, as many held-out puzzles in each."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Puzzles as tensors `(B, 81)`: `clean` holds clues, and answers in free cells; `free` says where those are."""

    clean: Tensor
    free: Tensor


def sparse_puzzles(seed: str, count: int) -> Iterator[Puzzle]:
    """Yield the same puzzles for the same seed, each by a generator of its own."""
    return (sparse_puzzle(random.Random(f"{seed} {number}")) for number in range(count))


def held_out_puzzles(count: int, seed: int = 0) -> dict[tuple[int, int], list[Puzzle]]:
    """Return `count` puzzles of each class, from grids that no training ever draws, and the same grids in each."""
    sparse = list(sparse_puzzles(f"held out {seed}", count))
    rng = random.Random(seed)
    return {bounds: [with_clues(puzzle, rng.randint(*bounds), rng) for puzzle in sparse] for bounds in CLASSES}


def cells_of(puzzles: Sequence[Puzzle]) -> Cells:
    """Return puzzles with their solutions as tensors."""
    clues = torch.tensor([clue_tokens(puzzle.clues) for puzzle in puzzles])
    answers = torch.tensor([answer_tokens(puzzle.solution) for puzzle in puzzles])
    free = torch.tensor([puzzle.clues for puzzle in puzzles]) == FREE
    return Cells(torch.where(free, answers, clues), free)


def draw(sparse: Sequence[Puzzle], count: int, clues: tuple[int, int], rng: random.Random) -> Cells:
    """Return puzzles that were never seen: sparse ones with more clues, moved and renamed at random."""
    drawn = []
    for _ in range(count):
        puzzle = with_clues(sparse[rng.randrange(len(sparse))], rng.randint(*clues), rng)
        drawn.append(random_symmetry(rng).apply(puzzle))
    return cells_of(drawn)


def write_puzzles(path: Path, puzzles: Sequence[Puzzle]) -> None:
    """Write puzzles as JSON lines."""
    lines = [json.dumps([write_grid(puzzle.clues), write_grid(puzzle.solution)]) for puzzle in puzzles]
    partial = path.with_suffix(".partial")
    partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
    partial.replace(path)


def read_puzzles(path: Path) -> list[Puzzle]:
    """Return the puzzles of a file. Raises InputError where a line of it is none."""
    puzzles = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            clues, solution = map(read_grid, json.loads(line))
        except (ValueError, TypeError, AttributeError, InputError) as error:
            raise InputError(f"{path}, line {number}, is no puzzle ({error}): remove it, it is made again") from error
        if not is_solution(solution, clues):
            raise InputError(f"{path}, line {number}: the second grid does not solve the first: remove it")
        puzzles.append(Puzzle(clues, solution))
    return puzzles
