from __future__ import annotations

from typing import Any

import pytest
import torch

from diffgemma_lsp.training.sudoku.examples import Cells, cells_of
from diffgemma_lsp.training.sudoku.objective import Plan, corrupted, losses
from diffgemma_lsp.training.sudoku.vocabulary import DIGIT_TOKENS
from tests.sudoku.puzzles import PUZZLE


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(3)


def cells(count: int) -> Cells:
    return cells_of([PUZZLE] * count)


def test_clues_are_never_noise_and_noise_is_digits() -> None:
    puzzles = cells(50)
    noisy = corrupted(puzzles, generator())
    assert noisy[~puzzles.free].equal(puzzles.clean[~puzzles.free])
    assert (noisy[puzzles.free] < DIGIT_TOKENS).all()
    right = ((noisy == puzzles.clean) & puzzles.free).sum(dim=1) / puzzles.free.sum(dim=1)
    # Fully random canvases are right in one cell of nine, others in more.
    assert right.min() < 0.25
    assert right.max() > 0.75


@pytest.mark.parametrize("plan", [Plan(0, 1), Plan(2, 1), Plan(2, 1, steps=3), Plan(3, 3, temperature=0.5)])
def test_each_free_cell_is_scored_and_every_weight_learns(model: Any, plan: Plan) -> None:
    puzzles = cells(3)
    result = losses(model, puzzles, plan, generator())
    free = int(puzzles.free[0].sum())
    assert result.denoised.shape == (3 * free,)
    assert result.ordered.shape == (plan.ordered * free,)
    assert result.total.item() == pytest.approx(float(result.denoised.mean() + result.ordered.mean()), rel=1e-4)
    result.total.backward()  # type: ignore[no-untyped-call]
    decoder = dict(model.model.decoder.named_parameters())
    silent = {name for name, weight in decoder.items() if weight.grad is None or not weight.grad.any()}
    # One expert leaves its router nothing to decide; without a signal self-conditioning has nothing to learn from.
    assert all("router" in name or (not plan.conditioned and "self_conditioning" in name) for name in silent)


def test_one_step_of_its_own_changes_no_canvas(model: Any) -> None:
    """Puzzles that are not conditioned lose the same, whatever happens to the others."""
    puzzles = cells(3)
    free = int(puzzles.free[0].sum())
    alone = losses(model, puzzles, Plan(0, 1), generator()).denoised
    beside = losses(model, puzzles, Plan(1, 1), generator()).denoised
    torch.testing.assert_close(alone[free:], beside[free:])
    assert not alone[:free].equal(beside[:free])
