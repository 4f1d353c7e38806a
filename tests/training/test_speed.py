from __future__ import annotations

import pytest
import torch

from diffgemma_lsp.training.objective import losses
from diffgemma_lsp.training.speed import compile_layers, hasten
from tests.tiny import tiny_model
from tests.training.test_objective import a_batch


@pytest.mark.filterwarnings("ignore:The .grad attribute")  # torch looks at it itself while it compiles
@pytest.mark.parametrize("is_compiled", [False, True])
def test_a_hastened_model_has_the_same_losses_and_gradients(is_compiled: bool) -> None:
    batch = a_batch()
    results = []
    for is_hastened in (False, True):
        model = tiny_model(experts=1, top_k=1).requires_grad_(True)
        if is_hastened:
            hasten(model)
        if is_hastened and is_compiled:
            compile_layers(model, "aot_eager")  # without a C++ compiler, which a machine need not have
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
