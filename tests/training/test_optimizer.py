from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from diffgemma_lsp.training.objective import losses
from diffgemma_lsp.training.optimizer import Optimizer, Rates, is_matrix, orthogonalised
from tests.tiny import tiny_model
from tests.training.test_objective import a_batch


def alone(_: Tensor) -> None:
    """Add up over one process."""


def trainable() -> Any:
    return tiny_model().requires_grad_(True).to(torch.bfloat16)


def learn(model: Any, optimizer: Optimizer, steps: int) -> list[float]:
    seen = []
    for _ in range(steps):
        loss = losses(model, a_batch(), conditioned_rows=1).total
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step(1.0, alone)
        seen.append(float(loss.detach()))
    return seen


@pytest.mark.parametrize("shape", [(16, 16), (48, 16), (16, 48), (3, 16, 32)])
def test_an_orthogonalised_matrix_has_singular_values_near_one(shape: tuple[int, ...]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonalised(matrix).float())
    assert values.shape[-1] == 16
    assert values.min() > 0.4
    assert values.max() < 1.4


def test_a_matrix_without_gradient_stays_as_it_is() -> None:
    assert torch.equal(orthogonalised(torch.zeros(4, 4)), torch.zeros(4, 4))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("layers.0.self_attn.q_proj.weight", True),
        ("layers.0.experts.gate_up_proj", True),
        ("self_conditioning.down_proj.weight", True),
        ("layers.0.router.proj.weight", False),
        ("layers.0.self_attn.q_norm.weight", False),
        ("embed_tokens.weight", False),
    ],
)
def test_projections_are_matrices_and_the_rest_is_not(name: str, expected: bool) -> None:
    assert is_matrix(name) is expected


def test_a_batch_that_is_seen_again_is_learnt() -> None:
    model = trainable()
    seen = learn(model, Optimizer(model, Rates()), 12)
    assert seen[-1] < 0.6 * seen[0]


def test_a_restored_run_goes_on_as_if_it_had_not_stopped() -> None:
    model = trainable()
    optimizer = Optimizer(model, Rates())
    learn(model, optimizer, 2)
    saved = {
        name: {key: value.clone() for key, value in entry.items()} if isinstance(entry, dict) else entry
        for name, entry in optimizer.state().items()
    }
    expected = learn(model, optimizer, 2)

    again = trainable()
    resumed = Optimizer(again, Rates())
    resumed.restore(saved)
    assert learn(again, resumed, 2) == expected
    assert resumed.steps == 4


def test_the_average_lags_behind_the_weights() -> None:
    model = trainable()
    optimizer = Optimizer(model, Rates(average=0.9))
    before = optimizer.weights["embed_tokens.weight"].clone()
    learn(model, optimizer, 3)
    moved = optimizer.weights["embed_tokens.weight"] - before
    averaged = optimizer.averages["embed_tokens.weight"] - before
    assert 0 < averaged.norm() < moved.norm()


def test_two_processes_share_the_matrices_between_them() -> None:
    def updates(rank: int, processes: int) -> Tensor:
        model = trainable()
        losses(model, a_batch(), conditioned_rows=1).total.backward()  # type: ignore[no-untyped-call]
        handed_in: list[Tensor] = []
        Optimizer(model, Rates(), rank, processes).step(1.0, lambda tensor: handed_in.append(tensor.clone()))
        _gradients, matrices = handed_in
        return matrices

    first, second, whole = updates(0, 2), updates(1, 2), updates(0, 1)
    assert first.count_nonzero() + second.count_nonzero() == whole.count_nonzero()
    # Of the mean gradient only the direction matters to them: half of it has the same update, up to rounding.
    torch.testing.assert_close(first + second, whole, atol=0.02, rtol=0.02)
