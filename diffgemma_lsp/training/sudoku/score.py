"""How many puzzles are solved, in how many steps: by denoising until it is sure, to the last step, and in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from diffgemma_lsp.diffusion.backend import Backend
from diffgemma_lsp.evaluation.interval import Interval, wilson
from diffgemma_lsp.prompts.profile import Sampling
from diffgemma_lsp.sudoku.generator import Puzzle
from diffgemma_lsp.sudoku.grid import FREE, is_solution
from diffgemma_lsp.training.sudoku.left_to_right import write
from diffgemma_lsp.training.sudoku.shape import VOCABULARY_SIZE
from diffgemma_lsp.training.sudoku.solving import Answer, denoising, solve

Classes = Mapping[tuple[int, int], Sequence[Puzzle]]
"""Held-out puzzles by the bounds of their numbers of clues."""


@dataclass(frozen=True, slots=True)
class Score:
    """Of one attempt at each puzzle: shares of them that are solved, and of free cells that are right; mean steps."""

    cases: int
    solved: float
    solved_interval: Interval
    cells: float
    steps: float

    @classmethod
    def of(cls, puzzles: Sequence[Puzzle], answers: Sequence[Answer]) -> Score:
        """Return the score of the answers to at least one puzzle, in order."""
        pairs = list(zip(puzzles, answers, strict=True))
        solved = sum(is_solution(answer.grid, puzzle.clues) for puzzle, answer in pairs)
        free = [
            right == found
            for puzzle, answer in pairs
            for clue, right, found in zip(puzzle.clues, puzzle.solution, answer.grid, strict=True)
            if clue == FREE
        ]
        steps = fmean(answer.steps for answer in answers)
        return cls(len(pairs), solved / len(pairs), wilson(solved, len(pairs)), fmean(free), steps)


def ways(
    model: Any, backend: Backend, sampling: Sampling, seed: int
) -> dict[str, Callable[[Sequence[Puzzle]], list[Answer]]]:
    """Return how puzzles can be answered, by name: the adaptive stop, every step, and left to right."""

    def by_denoising(adaptive: bool) -> Callable[[Sequence[Puzzle]], list[Answer]]:
        how = denoising(sampling, VOCABULARY_SIZE, adaptive)
        return lambda puzzles: list(solve(backend, [puzzle.clues for puzzle in puzzles], how, seed))

    return {
        "adaptive stop": by_denoising(adaptive=True),
        f"all {sampling.steps} steps": by_denoising(adaptive=False),
        "left to right": lambda puzzles: list(write(model, [puzzle.clues for puzzle in puzzles])),
    }


def measure(
    answer: Callable[[Sequence[Puzzle]], list[Answer]], classes: Classes
) -> Iterable[tuple[tuple[int, int], Score]]:
    """Yield the score of each class, and at the end under (0, 81) that of all puzzles together."""
    everything: list[Puzzle] = []
    answers: list[Answer] = []
    for bounds, puzzles in classes.items():
        some = answer(puzzles)
        yield bounds, Score.of(puzzles, some)
        everything += puzzles
        answers += some
    yield ALL, Score.of(everything, answers)


ALL = (0, 81)
"""Stands for the bounds of all classes together."""
