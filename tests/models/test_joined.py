from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from diffgemma_lsp.diffusion.score import log_likelihoods
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.fused import fuse
from diffgemma_lsp.models.joined import join
from diffgemma_lsp.models.loading import load_checkpoint
from diffgemma_lsp.models.names import Checkpoint
from diffgemma_lsp.models.packed.modules import PackedWeight
from tests.checkpoints import save_checkpoint
from tests.tiny import tiny_model

_GENERATOR = torch.Generator().manual_seed(1)
PROMPT = torch.randint(0, 97, (2, 40), generator=_GENERATOR)
CANVAS = torch.randint(0, 97, (2, 12), generator=_GENERATOR)

one_or_more_experts = pytest.mark.parametrize("experts", [1, 4])


def loaded(folder: Path, *, experts: int = 1, scheme: str = "int8") -> Any:
    """Return a packed model with a sliding layer, and one whose values are its keys."""
    if not (folder / "config.json").exists():
        save_checkpoint(folder, experts=experts, top_k=min(2, experts), hidden_size=64)
    cpu = torch.device("cpu")
    return load_checkpoint(Checkpoint(folder, "tiny"), cpu, lambda _: None, torch.float32, scheme=scheme).model


def encoded(model: Any) -> tuple[Tensor, Tensor]:
    """Return what a model makes of a prompt's last tokens, and of a canvas behind it, by the project's own passes."""
    backend = TransformersBackend(model)
    cache = backend.new_cache()
    backend.prefill(PROMPT[0].tolist(), cache)
    everywhere = (torch.arange(2).repeat_interleave(12), torch.arange(12).repeat(2))
    hidden = backend.forward(backend.condition(CANVAS, None), everywhere, None, cache)
    return torch.tensor(log_likelihoods(backend, cache, PROMPT[:, :9].tolist())), hidden


@torch.inference_mode()
@one_or_more_experts
def test_a_joined_model_computes_what_it_did_before(tmp_path: Path, experts: int) -> None:
    plain, joined = loaded(tmp_path, experts=experts), loaded(tmp_path, experts=experts)
    fuse(joined)
    join(joined)
    ours = joined(input_ids=PROMPT, decoder_input_ids=CANVAS).logits
    theirs = plain(input_ids=PROMPT, decoder_input_ids=CANVAS).logits
    assert theirs.std() > 0.1
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)
    for mine, other in zip(encoded(joined), encoded(plain), strict=True):
        assert other.std() > 0.1
        torch.testing.assert_close(mine, other, atol=1e-4, rtol=1e-4)


def test_layers_share_what_they_shared_and_no_weight_stands_twice(tmp_path: Path) -> None:
    plain, joined = loaded(tmp_path), loaded(tmp_path)
    join(joined)

    def sizes(model: Any) -> list[int]:
        weights = {id(each): each.codes.numel() for each in model.modules() if isinstance(each, PackedWeight)}
        return list(weights.values())

    assert sum(sizes(joined)) == sum(sizes(plain))
    assert len(sizes(joined)) < len(sizes(plain))


@one_or_more_experts
def test_only_a_router_without_a_choice_is_not_asked(tmp_path: Path, experts: int) -> None:
    model = loaded(tmp_path, experts=experts)
    join(model)
    routers = [module for name, module in model.named_modules() if name.endswith(".router")]
    assert routers
    assert all(("forward" in vars(router)) == (experts == 1) for router in routers)


def test_weights_of_other_kinds_are_left_alone(tmp_path: Path) -> None:
    for model in (tiny_model(), loaded(tmp_path, scheme="nf4")):
        names = [name for name, _ in model.named_modules()]
        join(model)
        assert [name for name, _ in model.named_modules()] == names
