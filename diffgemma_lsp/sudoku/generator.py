"""Puzzles that cannot lose a clue: from them come puzzles with any larger number of clues."""

from __future__ import annotations

import random
from dataclasses import dataclass

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.sudoku.grid import CELLS, FREE, Grid
from diffgemma_lsp.sudoku.solver import is_unique, solutions

EMPTY: Grid = (FREE,) * CELLS


@dataclass(frozen=True, slots=True)
class Puzzle:
    """Clues, with 0 at free cells, and the only solution that they leave."""

    clues: Grid
    solution: Grid


def sparse_puzzle(rng: random.Random) -> Puzzle:
    """Return a puzzle with a unique solution from which no clue can be taken; most have 22 to 26 clues.

    1. Fill a grid at random. 2. Take the cells in random order, and free each that leaves one solution only.
    """
    solution = next(solutions(EMPTY, rng))
    clues = list(solution)
    for cell in rng.sample(range(CELLS), CELLS):
        digit, clues[cell] = clues[cell], FREE
        if not is_unique(tuple(clues)):
            clues[cell] = digit
    return Puzzle(tuple(clues), solution)


def with_clues(puzzle: Puzzle, count: int, rng: random.Random) -> Puzzle:
    """Return the puzzle with random cells of its solution added until `count` are given; it stays unique.

    One that has as many or more comes back as it is. Raises InputError where no cell would be left free.
    """
    if not 0 < count < CELLS:
        raise InputError(f"a puzzle cannot have {count} clues: ask for 17 to 80")
    free = [cell for cell in range(CELLS) if puzzle.clues[cell] == FREE]
    missing = count - (CELLS - len(free))
    given = set(rng.sample(free, missing)) if missing > 0 else set()
    clues = tuple(puzzle.solution[cell] if cell in given else clue for cell, clue in enumerate(puzzle.clues))
    return Puzzle(clues, puzzle.solution)
