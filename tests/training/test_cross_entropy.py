from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy

from diffgemma_lsp.training import cross_entropy as module
from diffgemma_lsp.training.cross_entropy import CappedCrossEntropy


def test_losses_and_gradients_are_those_of_the_written_out_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.BYTES_AT_ONCE, "cpu", 4 * 31 * 5)  # five rows at a time, the last chunk shorter
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(13, 8, generator=generator, requires_grad=True)
    weight = torch.randn(31, 8, generator=generator, requires_grad=True)
    targets = torch.randint(31, (13,), generator=generator)
    row_weights = torch.rand(13, generator=generator)

    expected = cross_entropy(4 * torch.tanh(hidden @ weight.T / 4), targets, reduction="none")
    gradients = torch.autograd.grad(3 * (expected * row_weights).sum(), (hidden, weight))
    apply: Any = CappedCrossEntropy.apply
    total, losses = apply(hidden, weight, targets, row_weights, 4.0)

    torch.testing.assert_close(losses, expected)
    torch.testing.assert_close(total, (expected * row_weights).sum())
    torch.testing.assert_close(torch.autograd.grad(3 * total, (hidden, weight)), gradients)
