from __future__ import annotations

from itertools import pairwise
from typing import Any

from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.prompts.profile import Sampling
from diffgemma_lsp.training.sudoku.shape import VOCABULARY_SIZE
from diffgemma_lsp.training.sudoku.solving import denoising
from diffgemma_lsp.training.sudoku.watching import Mark, frames
from tests.sudoku.puzzles import CLUES

HOW = denoising(Sampling(1, 8, 20.0, 1.5, 1.0, 1, 0.0), VOCABULARY_SIZE)


def test_each_step_is_a_frame_in_which_clues_stay(model: Any) -> None:
    shown = list(frames(TransformersBackend(model), CLUES, HOW, seed=0))
    assert [frame.step for frame in shown] == list(range(8))
    for frame in shown:
        assert [mark is Mark.CLUE for mark in frame.marks] == [clue != 0 for clue in CLUES]


def test_a_cell_is_taken_back_when_it_was_accepted_and_is_no_more(model: Any) -> None:
    shown = list(frames(TransformersBackend(model), CLUES, HOW, seed=0))
    assert Mark.RENOISED not in shown[0].marks
    taken_back = 0
    for before, after in pairwise(shown):
        for cell, mark in enumerate(after.marks):
            is_held = before.marks[cell] in {Mark.ACCEPTED, Mark.RENOISED}
            assert mark is not Mark.RENOISED or is_held
            taken_back += mark is Mark.RENOISED
            if before.marks[cell] is Mark.ACCEPTED and before.grid[cell] != after.grid[cell]:
                assert mark is Mark.RENOISED
    assert taken_back > 0
