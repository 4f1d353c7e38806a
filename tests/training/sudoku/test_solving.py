from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from diffgemma_lsp.diffusion.segments import Slots, segment_length
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.prompts.profile import Sampling
from diffgemma_lsp.training.sudoku.shape import VOCABULARY_SIZE
from diffgemma_lsp.training.sudoku.solving import denoising, grids, segments, settle, solve
from diffgemma_lsp.training.sudoku.vocabulary import clue_token
from tests.sudoku.puzzles import CLUES, HARD, SOLUTION

SAMPLING = Sampling(1, 6, 1.0, 0.8, 0.4, 1, 100.0)


def test_a_canvas_has_clues_where_the_puzzle_has_them() -> None:
    row = segments(CLUES)
    assert sum(map(segment_length, row)) == 81
    assert row[0] == Slots(2)
    assert row[1] == (clue_token(7), clue_token(9))


def test_grids_are_read_from_clues_and_digits_alike() -> None:
    ids = torch.tensor([[clue_token(9), *(digit - 1 for digit in SOLUTION[1:])]])
    assert grids(ids) == [(9, *SOLUTION[1:])]


def test_clues_stay_and_free_cells_hold_digits_at_every_step(model: Any) -> None:
    how = denoising(SAMPLING, VOCABULARY_SIZE, adaptive=False)
    generator = torch.Generator().manual_seed(0)
    drafts = list(settle(TransformersBackend(model), [CLUES, HARD], how, generator))
    assert len(drafts) == SAMPLING.steps
    for draft in drafts:
        for grid, clues in zip(grids(draft.ids), (CLUES, HARD), strict=True):
            assert set(grid) <= set(range(1, 10))
            assert all(clue in (0, digit) for clue, digit in zip(clues, grid, strict=True))


def test_all_steps_are_taken_unless_a_grid_is_sure(model: Any) -> None:
    backend = TransformersBackend(model)
    # Without a doubt to be had, a grid is sure once it stays as it is.
    careless = replace(SAMPLING, stability=0)
    adaptive = list(solve(backend, [CLUES] * 3, denoising(careless, VOCABULARY_SIZE), seed=0, rows=2))
    patient = list(solve(backend, [CLUES] * 3, denoising(careless, VOCABULARY_SIZE, adaptive=False), seed=0, rows=2))
    assert [answer.steps for answer in adaptive] == [1, 1, 1]
    assert [answer.steps for answer in patient] == [6, 6, 6]


def test_the_seed_decides(model: Any) -> None:
    how = denoising(SAMPLING, VOCABULARY_SIZE)
    first, again, other = (list(solve(TransformersBackend(model), [HARD], how, seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other
