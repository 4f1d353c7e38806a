"""Models of a given shape with random weights, in any quantization: they cost what real ones cost, and know nothing."""

from __future__ import annotations

from typing import Any

import torch
from transformers import DiffusionGemmaConfig

from diffgemma_lsp.models.loading import finish_model, model_on_meta
from diffgemma_lsp.models.packed.modules import PackedWeight
from diffgemma_lsp.models.packed.placing import packed_on, place, role_of
from diffgemma_lsp.models.packed.schemes import Scheme
from diffgemma_lsp.models.slots import Slot
from diffgemma_lsp.models.weights import place_tensor, slots_of

_SLIDING_TO_FULL = 5

# The text part of google/diffusiongemma-26B-A4B-it, as its config.json has it.
FULL_SIZE: dict[str, Any] = {
    "vocab_size": 262_144,
    "hidden_size": 2816,
    "intermediate_size": 2112,
    "num_hidden_layers": 30,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "num_global_key_value_heads": 2,
    "head_dim": 256,
    "global_head_dim": 512,
    "sliding_window": 1024,
    "num_experts": 128,
    "top_k_experts": 8,
    "moe_intermediate_size": 704,
    "final_logit_softcapping": 30.0,
    "max_position_embeddings": 262_144,
}

# The same proportions, small enough for a processor.
REDUCED: dict[str, Any] = FULL_SIZE | {
    "vocab_size": 1024,
    "hidden_size": 128,
    "intermediate_size": 128,
    "num_hidden_layers": 6,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "num_global_key_value_heads": 1,
    "head_dim": 32,
    "global_head_dim": 64,
    "sliding_window": 64,
    "num_experts": 8,
    "top_k_experts": 2,
    "moe_intermediate_size": 64,
}


def config_of(shape: dict[str, Any]) -> DiffusionGemmaConfig:
    """Return a configuration with five sliding layers before each full one, and the smallest vision tower there is."""
    layers = range(1, shape["num_hidden_layers"] + 1)
    kinds = ["sliding_attention" if layer % (_SLIDING_TO_FULL + 1) else "full_attention" for layer in layers]
    vision = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 1,
        "head_dim": 16,
    }
    return DiffusionGemmaConfig(
        text_config=shape | {"layer_types": kinds}, vision_config=vision, attn_implementation="sdpa"
    )


def build(shape: dict[str, Any], scheme: Scheme, dtype: torch.dtype, device: torch.device) -> Any:
    """Return a model that computes in `dtype`, packed by `scheme` tensor by tensor, as a checkpoint is loaded."""
    generator = torch.Generator(device).manual_seed(0)
    model = model_on_meta(config_of(shape))
    for slot in slots_of(model):
        layout = scheme.format_of(role_of(model, slot.names[0]), slot.shape)
        weight = _random(slot, dtype, device, generator)
        if layout is None:
            place_tensor(model, slot, weight)
        else:
            place(model, slot.names, PackedWeight(packed_on(weight, layout, device), layout, dtype))
    return finish_model(model, scheme, device)


def _random(slot: Slot, dtype: torch.dtype, device: torch.device, generator: torch.Generator) -> torch.Tensor:
    if len(slot.shape) == 1:
        return torch.ones(slot.shape, dtype=dtype, device=device)
    weight = torch.empty(slot.shape, dtype=dtype, device=device)
    return weight.normal_(std=slot.shape[-1] ** -0.5, generator=generator)
