from __future__ import annotations

from typing import Any

import pytest

from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.prompts.profile import Sampling
from diffgemma_lsp.sudoku.generator import Puzzle
from diffgemma_lsp.training.sudoku.score import ALL, Score, measure, ways
from diffgemma_lsp.training.sudoku.solving import Answer
from tests.sudoku.puzzles import CLUES, PUZZLE, SOLUTION

FREE = CLUES.count(0)


def nearly() -> tuple[int, ...]:
    """Return the solution with one free cell wrong."""
    return (SOLUTION[0] % 9 + 1, *SOLUTION[1:])


def test_a_puzzle_is_solved_or_not_and_cells_are_counted_where_free() -> None:
    score = Score.of([PUZZLE, PUZZLE], [Answer(SOLUTION, 4), Answer(nearly(), 8)])
    assert score.cases == 2
    assert score.solved == 0.5
    assert score.solved_interval[0] < 0.5 < score.solved_interval[1]
    assert score.cells == pytest.approx(1 - 1 / (2 * FREE))
    assert score.steps == 6


def test_all_classes_together_come_last() -> None:
    def answer(puzzles: object) -> list[Answer]:
        return [Answer(SOLUTION, 2)] if puzzles == [PUZZLE] else [Answer(nearly(), 4)] * 3

    scores = dict(measure(answer, {(31, 35): [PUZZLE], (36, 40): [PUZZLE] * 3}))
    assert list(scores) == [(31, 35), (36, 40), ALL]
    assert [score.solved for score in scores.values()] == [1, 0, 0.25]
    assert scores[ALL].steps == 3.5


def test_every_way_answers_every_puzzle(model: Any) -> None:
    answers = ways(model, TransformersBackend(model), Sampling(1, 3, 1.0, 0.8, 0.4, 1, 0.005), seed=0)
    assert list(answers) == ["adaptive stop", "all 3 steps", "left to right"]
    puzzles: list[Puzzle] = [PUZZLE, PUZZLE]
    found = {way: answer(puzzles) for way, answer in answers.items()}
    assert [answer.steps for answer in found["all 3 steps"]] == [3, 3]
    assert [answer.steps for answer in found["left to right"]] == [FREE, FREE]
