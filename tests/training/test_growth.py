from __future__ import annotations

from typing import Any

import pytest
import torch

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.training.growth import grow
from diffgemma_lsp.training.objective import losses
from tests.tiny import tiny_model
from tests.training.test_objective import a_batch


def widths(model: Any) -> set[int]:
    decoder = model.model.decoder
    return {mlp.up_proj.out_features for mlp in (decoder.self_conditioning, *(layer.mlp for layer in decoder.layers))}


def test_a_grown_model_computes_the_same_and_learns_with_its_new_units() -> None:
    small, large = tiny_model(seed=1), tiny_model(seed=2, feed_forward=96).requires_grad_(True)
    grow(small, large)
    assert widths(small) != widths(large) == {96}
    batch = a_batch()
    expected, found = losses(small, batch, 1), losses(large, batch, 1)
    torch.testing.assert_close(found.next_token, expected.next_token)
    torch.testing.assert_close(found.hole, expected.hole)
    mlp = large.model.decoder.layers[0].mlp
    before = small.model.decoder.layers[0].mlp.down_proj.weight.shape[1]
    assert not mlp.down_proj.weight[:, before:].any()
    assert mlp.up_proj.weight[before:].std().item() == pytest.approx(mlp.up_proj.weight[:before].std().item(), rel=0.3)
    found.total.backward()  # type: ignore[no-untyped-call]
    assert mlp.down_proj.weight.grad[:, before:].any()


@pytest.mark.parametrize("other", [{"feed_forward": 48}, {"hidden_size": 48}, {"experts": 8}])
def test_what_is_narrower_or_differs_elsewhere_is_refused(other: dict[str, int]) -> None:
    with pytest.raises(InputError, match=r"only its feed_forward may be smaller, so choose its own shape"):
        grow(tiny_model(), tiny_model(**other))
