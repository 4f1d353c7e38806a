"""A small random DiffusionGemma that is built like a real one: mixed experts, sliding windows, scalars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DiffusionGemmaConfig, DiffusionGemmaForBlockDiffusion

HEAD_DIM = 8
GLOBAL_HEAD_DIM = 16

# The scale of the last norm: logits with a deviation near 2.5, so that a softmax over 97 tokens is neither
# flat nor decided.
LOGIT_SCALE = 2.5


def tiny_config(
    *,
    vocab_size: int = 97,
    hidden_size: int = 32,
    feed_forward: int | None = None,
    layer_types: Sequence[str] = ("sliding_attention", "full_attention"),
    sliding_window: int = 16,
    experts: int = 4,
    top_k: int = 2,
    canvas_length: int = 16,
) -> DiffusionGemmaConfig:
    """Return a configuration with the smallest vision tower there is. The last layer must be full."""
    text = {
        "vocab_size": vocab_size,
        "hidden_size": hidden_size,
        "intermediate_size": feed_forward or 2 * hidden_size,
        "num_hidden_layers": len(layer_types),
        "layer_types": list(layer_types),
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "num_global_key_value_heads": 1,
        "head_dim": HEAD_DIM,
        "global_head_dim": GLOBAL_HEAD_DIM,
        "sliding_window": sliding_window,
        "num_experts": experts,
        "top_k_experts": top_k,
        "moe_intermediate_size": hidden_size // 2,
        "max_position_embeddings": 4096,
    }
    vision = {
        "model_type": "gemma4_vision",
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 1,
        "num_key_value_heads": 1,
        "head_dim": 16,
        "position_embedding_size": 16,
    }
    return DiffusionGemmaConfig(text_config=text, vision_config=vision, canvas_length=canvas_length)


def tiny_model(*, seed: int = 0, **shape: Any) -> Any:
    """Return a `DiffusionGemmaForBlockDiffusion` in float32 and eval mode, of a `tiny_config(**shape)`.

    The same seed gives the same weights.
    """
    config = tiny_config(**shape)
    model = DiffusionGemmaForBlockDiffusion(config).eval()
    model.requires_grad_(False)
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in sorted(model.named_parameters()):
        tensor.copy_(_random(name, tensor, generator))
    # Both stacks carry their own scalars; everything else of them is tied.
    for stack in (model.model.encoder.language_model, model.model.decoder):
        for layer in stack.layers:
            layer.layer_scalar.copy_(0.6 + 0.6 * torch.rand(1, generator=generator))
    return model


def _random(name: str, tensor: Tensor, generator: torch.Generator) -> Tensor:
    """Return random values that keep activations near unit size: attention has no 1/sqrt(d) of its own."""
    noise = torch.randn(tensor.shape, generator=generator)
    if name.endswith(("q_norm.weight", "k_norm.weight")):
        return (1 + 0.1 * noise) * math.pow(tensor.shape[0], -0.25)
    if name == "model.encoder.language_model.norm.weight":  # tied: the decoder's last norm too
        return LOGIT_SCALE * (1 + 0.1 * noise)
    if tensor.ndim == 1:
        return 1 + 0.1 * noise
    if name.endswith("router.proj.weight"):
        # Inputs arrive with unit norm: at this spread tokens differ in their best experts, none dominates.
        return 1.5 * noise
    return noise * math.pow(tensor.shape[-1], -0.5)
