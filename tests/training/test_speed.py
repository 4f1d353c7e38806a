from __future__ import annotations

import torch

from diffgemma_lsp.training.objective import losses
from diffgemma_lsp.training.speed import hasten
from tests.tiny import tiny_model
from tests.training.test_objective import a_batch


def test_a_hastened_model_has_the_same_losses_and_gradients() -> None:
    batch = a_batch()
    results = []
    for is_hastened in (False, True):
        model = tiny_model(experts=1, top_k=1).requires_grad_(True)
        if is_hastened:
            hasten(model)
        result = losses(model, batch, conditioned_rows=1)
        parameters = dict(model.model.decoder.named_parameters())
        gradients = torch.autograd.grad(result.total, list(parameters.values()), allow_unused=True)
        results.append((result.next_token, result.hole, *gradients))
    for plain, hastened in zip(*results, strict=True):
        torch.testing.assert_close(hastened, plain, atol=2e-5, rtol=1e-3)


def test_several_experts_keep_their_dispatch() -> None:
    plain, hastened = tiny_model(experts=4), tiny_model(experts=4)
    hasten(hastened)
    batch = a_batch()
    with torch.no_grad():
        torch.testing.assert_close(losses(hastened, batch, 0).total, losses(plain, batch, 0).total)
