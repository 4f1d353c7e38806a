"""One pass through the layers of transformers' `DiffusionGemmaForBlockDiffusion`.

The class computes self-conditioning from logits over the whole canvas, and applies the last feed-forward and the head
everywhere. For a small model each costs as much as a layer, and none is needed at given positions. So the layers are
driven from here: with ready inputs, and with output at the positions that are asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from diffgemma_lsp.diffusion.backend import Positions
from diffgemma_lsp.models.packed.modules import PackedWeight


def go_on() -> None:
    """Do nothing between two layers."""


def condition(decoder: Any, ids: Tensor, soft: Tensor | None) -> Tensor:
    """Return the decoder's input `(..., D)` of tokens `(...)`, position by position.

    `soft` `(..., D)` is the self-conditioning signal, None at the first step (zeros, as in
    `DiffusionGemmaDecoderModel.forward`).
    """
    embeddings = decoder.embed_tokens(ids)
    inputs: Tensor = decoder.self_conditioning(embeddings, torch.zeros_like(embeddings) if soft is None else soft)
    return inputs


def decode(
    decoder: Any,
    inputs: Tensor,
    cache: Any,
    position_ids: Tensor,
    masks: dict[str, Tensor | None] | None = None,
    wanted: Positions | None = None,
    between_layers: Callable[[], None] = go_on,
) -> Tensor:
    """Return the last hidden states of a canvas: `(B, C, D)`, or `(N, D)` at the N positions `wanted`.

    `inputs` `(B, C, D)` comes from `condition`; `cache` holds the encoder's keys and values of a batch that is B or
    1; `position_ids` is `(1 or B, C)`. `masks` maps `full_attention` and `sliding_attention` to a 4-D mask or None
    (everything is visible). `wanted` None is all. `between_layers` is called before each layer; what it raises ends the
    pass.
    """
    kinds = decoder.text_config.layer_types
    return _through_layers(decoder, kinds, inputs, cache, position_ids, masks, wanted, between_layers)


def encode(
    encoder: Any,
    ids: Tensor,
    cache: Any,
    position_ids: Tensor,
    masks: dict[str, Tensor | None],
    wanted: Positions | None = None,
    between_layers: Callable[[], None] = go_on,
) -> Tensor:
    """Return the last hidden states of tokens `(B, L)` that stand after what `cache` holds, as `decode` does.

    `encoder` is the class's text encoder; each layer hands its keys and values to `cache.update`, and attends to what
    that returns under `masks` (per layer type, `(1, 1, L, visible)`, bool).
    """
    inputs = encoder.embed_tokens(ids)
    kinds = encoder.config.layer_types
    return _through_layers(encoder, kinds, inputs, cache, position_ids, masks, wanted, between_layers)


def soft_embed(decoder: Any, probabilities: Tensor) -> Tensor:
    """Return the expected embedding `(N, D)` of token distributions `(N, V)`: the self-conditioning signal."""
    weight = decoder.embed_tokens.weight
    is_packed = isinstance(weight, PackedWeight)
    mixed = weight.mix(probabilities) if is_packed else torch.matmul(probabilities.to(weight.dtype), weight)
    embeddings: Tensor = mixed * decoder.embed_tokens.embed_scale.to(weight.dtype)
    return embeddings


def head(model: Any, hidden: Tensor) -> Tensor:
    """Return float32 logits `(..., V)` of hidden states `(..., D)`, soft-capped as in the class's own forward."""
    logits = model.lm_head(hidden).float()
    cap = model.final_logit_softcapping
    capped: Tensor = torch.tanh(logits / cap) * cap
    return capped


def _through_layers(
    stack: Any,
    kinds: list[str],
    hidden: Tensor,
    cache: Any,
    position_ids: Tensor,
    masks: dict[str, Tensor | None] | None,
    wanted: Positions | None,
    between_layers: Callable[[], None],
) -> Tensor:
    rotary = {kind: stack.rotary_emb(hidden, position_ids, kind) for kind in stack.unique_layer_types}
    last = len(kinds) - 1
    for index, (layer, kind) in enumerate(zip(stack.layers, kinds, strict=True)):
        between_layers()
        seen = {
            "position_embeddings": rotary[kind],
            "attention_mask": masks[kind] if masks else None,
            "position_ids": position_ids,
            "past_key_values": cache,
        }
        if index < last or wanted is None:
            hidden = layer(hidden, **seen)
        else:
            attended, _ = layer.self_attn(hidden_states=layer.input_layernorm(hidden), **seen)
            hidden = _feed_forward(layer, hidden[wanted], attended[wanted])
    normed: Tensor = stack.norm(hidden)
    return normed


def _feed_forward(layer: Any, hidden: Tensor, attended: Tensor) -> Tensor:
    """Return a layer's output `(N, D)` from its input and its attention's output at N positions.

    This is what `DiffusionGemmaDecoderTextLayer.forward` does after attention, and looks at one position at a time.
    """
    hidden = hidden + layer.post_attention_layernorm(attended)
    dense = layer.post_feedforward_layernorm_1(layer.mlp(layer.pre_feedforward_layernorm(hidden)))
    _, weights, chosen = layer.router(hidden)
    routed = layer.experts(layer.pre_feedforward_layernorm_2(hidden), chosen, weights)
    fed = layer.post_feedforward_layernorm(dense + layer.post_feedforward_layernorm_2(routed))
    out: Tensor = (hidden + fed) * layer.layer_scalar
    return out
