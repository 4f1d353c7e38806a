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
    for learns in (False, True):
        with torch.set_grad_enabled(learns):
            ours = fused(input_ids=PROMPT, decoder_input_ids=CANVAS).logits
            theirs = plain(input_ids=PROMPT, decoder_input_ids=CANVAS).logits
        assert theirs.std() > 0.1
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)


@torch.no_grad()
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_fused_norm_is_the_plain_one(dtype: torch.dtype) -> None:
    plain, fused = tiny_model(), tiny_model()
    fuse(fused)
    rows = torch.randn(3, 5, 32, generator=torch.Generator().manual_seed(0))
    rows[0, 0], rows[0, 1] = 0.0, 1e-4  # where what keeps from dividing by zero counts
    norms = [(name, norm) for name, norm in plain.named_modules() if type(norm).__name__ == "DiffusionGemmaRMSNorm"]
    fitting = [(name, norm.to(dtype)) for name, norm in norms if not norm.with_scale or len(norm.weight) == 32]
    assert {norm.with_scale for _, norm in fitting} == {True, False}
    for name, norm in fitting:
        found = fused.get_submodule(name).to(dtype)(rows.to(dtype))
        assert found.dtype == dtype
        torch.testing.assert_close(
            found, norm(rows.to(dtype)), atol=1e-5, rtol=2e-6 if dtype == torch.float32 else 1e-2
        )


def test_fusing_one_model_leaves_another_as_it_is() -> None:
    fused, other = tiny_model(experts=1, top_k=1), tiny_model(experts=1, top_k=1)
    fuse(fused)
    assert not any("forward" in vars(module) for module in other.modules())
    assert any("forward" in vars(module) for module in fused.modules())
