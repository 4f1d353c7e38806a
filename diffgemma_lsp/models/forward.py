"""One pass of a canvas through the decoder of transformers' `DiffusionGemmaForBlockDiffusion`.

The class computes self-conditioning from logits over the whole canvas and applies the head everywhere. Both cost as
much as a small model itself, and neither is needed at given positions. So the decoder's layers are driven from here
with ready embeddings, and the head is applied to the positions that are asked for.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def decode(
    decoder: Any,
    canvas: Tensor,
    soft_embeddings: Tensor | None,
    cache: Any,
    position_ids: Tensor,
    masks: dict[str, Tensor | None] | None = None,
) -> Tensor:
    """Return the last hidden states of a canvas, `(B, C, D)`.

    `canvas` holds token ids `(B, C)`; `soft_embeddings` `(B, C, D)` is the self-conditioning signal, None at the first
    step (zeros, as in `DiffusionGemmaDecoderModel.forward`); `cache` holds the encoder's keys and values of a batch
    that is B or 1; `position_ids` is `(1 or B, C)`. `masks` maps `full_attention` and `sliding_attention` to a 4-D
    mask or None (everything is visible).
    """
    config = decoder.text_config
    embeddings = decoder.embed_tokens(canvas)
    if soft_embeddings is None:
        soft_embeddings = torch.zeros_like(embeddings)
    hidden = decoder.self_conditioning(embeddings, soft_embeddings)
    rotary = {kind: decoder.rotary_emb(hidden, position_ids, kind) for kind in decoder.unique_layer_types}
    for layer, kind in zip(decoder.layers, config.layer_types, strict=True):
        hidden = layer(
            hidden,
            position_embeddings=rotary[kind],
            attention_mask=masks[kind] if masks else None,
            position_ids=position_ids,
            past_key_values=cache,
        )
    normed: Tensor = decoder.norm(hidden)
    return normed


def soft_embed(decoder: Any, probabilities: Tensor) -> Tensor:
    """Return the expected embedding `(N, D)` of token distributions `(N, V)`: the self-conditioning signal."""
    weight = decoder.embed_tokens.weight
    scale = decoder.embed_tokens.embed_scale.to(weight.dtype)
    embeddings: Tensor = torch.matmul(probabilities.to(weight.dtype), weight) * scale
    return embeddings


def head(model: Any, hidden: Tensor) -> Tensor:
    """Return float32 logits `(..., V)` of hidden states `(..., D)`, soft-capped as in the class's own forward."""
    logits = model.lm_head(hidden).float()
    cap = model.final_logit_softcapping
    capped: Tensor = torch.tanh(logits / cap) * cap
    return capped


def encode(encoder: Any, ids: Tensor, cache: Any, position_ids: Tensor, masks: dict[str, Tensor | None]) -> Tensor:
    """Return the last hidden states `(B, L, D)` of tokens `(B, L)` that stand after what `cache` holds.

    `encoder` is the class's text encoder; each layer hands its keys and values to `cache.update`, and attends to what
    that returns under `masks` (per layer type, `(1, 1, L, visible)`, bool).
    """
    config = encoder.config
    hidden = encoder.embed_tokens(ids)
    rotary = {kind: encoder.rotary_emb(hidden, position_ids, kind) for kind in encoder.unique_layer_types}
    for layer, kind in zip(encoder.layers, config.layer_types, strict=True):
        hidden = layer(
            hidden,
            position_embeddings=rotary[kind],
            attention_mask=masks[kind],
            position_ids=position_ids,
            past_key_values=cache,
        )
    normed: Tensor = encoder.norm(hidden)
    return normed
