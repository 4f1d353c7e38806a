from __future__ import annotations

import pytest
import torch

from diffgemma_lsp.models.fused import SINGLE_EXPERT, fuse
from tests.tiny import tiny_model

PROMPT = torch.randint(0, 97, (2, 40), generator=torch.Generator().manual_seed(1))
CANVAS = torch.randint(0, 97, (2, 12), generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize(("experts", "top_k"), [(1, 1), (4, 2)])
def test_a_fused_model_has_the_logits_of_the_plain_one(experts: int, top_k: int) -> None:
    plain = tiny_model(vocab_size=97, experts=experts, top_k=top_k)
    fused = tiny_model(vocab_size=97, experts=experts, top_k=top_k)
    fuse(fused)
    assert (fused.config.get_text_config()._experts_implementation == SINGLE_EXPERT) == (experts == 1)
    with torch.no_grad():
        ours = fused(input_ids=PROMPT, decoder_input_ids=CANVAS).logits
        theirs = plain(input_ids=PROMPT, decoder_input_ids=CANVAS).logits
    assert theirs.std() > 0.1
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)


def test_fusing_one_model_leaves_another_as_it_is() -> None:
    fused, other = tiny_model(experts=1, top_k=1), tiny_model(experts=1, top_k=1)
    fuse(fused)
    assert not any("forward" in vars(module) for module in other.modules())
    assert any("forward" in vars(module) for module in fused.modules())
