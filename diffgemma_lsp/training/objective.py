"""What is minimised: cross-entropy of the holes' tokens by the decoder, and of the next token by the encoder.

1. The encoder reads the documents; its keys and values stay in the graph.
2. For some of the documents a first decoder pass without a signal gives the distributions of the free slots. Their
   expected embeddings, and the true embeddings of the clamped tokens, are the self-conditioning of the second pass.
3. The second pass, with gradients, is scored on all free slots, whether they were corrupted or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from diffgemma_lsp.models.forward import condition, decode, encode, head, soft_embed
from diffgemma_lsp.models.packed.modules import PackedWeight
from diffgemma_lsp.training.batch import Batch, CanvasBatch, decoder_masks, encoder_masks
from diffgemma_lsp.training.capture import CapturedCache
from diffgemma_lsp.training.cross_entropy import CappedCrossEntropy


@dataclass(frozen=True, slots=True)
class Losses:
    """The loss to minimise, and its parts: those of next tokens `(M,)` and those of free slots `(N,)`, in order."""

    total: Tensor
    next_token: Tensor
    hole: Tensor | None


def losses(model: Any, batch: Batch, conditioned_rows: int, temperature: float = 1.0) -> Losses:
    """Return the losses of a batch; canvases of its first `conditioned_rows` documents are decoded in two passes.

    The first pass's logits are divided by the temperature before they become the signal, as in denoising.
    """
    cache = CapturedCache()
    ids = batch.ids
    length = ids.shape[1]
    window = model.config.text_config.sliding_window
    positions = torch.arange(length, device=ids.device)[None]
    masks = encoder_masks(length, window, ids.device)
    encoded = encode(model.model.encoder.language_model, ids, cache, positions, masks)
    targets, scored = ids[:, 1:], batch.scored[:, 1:]
    weights = torch.ones(targets.shape, device=ids.device)
    total, next_token = _cross_entropy(model, encoded[:, :-1][scored], targets[scored], weights[scored])
    if batch.canvases is None:
        return Losses(total, next_token, None)
    canvases = batch.canvases
    masks = decoder_masks(canvases, length, window)
    signal = _signal(model, canvases, cache, masks, conditioned_rows, temperature) if conditioned_rows else None
    decoder = model.model.decoder
    hidden = decode(decoder, condition(decoder, canvases.noisy, signal), cache, canvases.positions, masks)
    free = canvases.free
    hole_total, hole = _cross_entropy(model, hidden[free], canvases.clean[free], canvases.weights[free])
    return Losses(total + hole_total, next_token, hole)


@torch.no_grad()
def _signal(
    model: Any,
    canvases: CanvasBatch,
    cache: CapturedCache,
    masks: dict[str, Tensor | None],
    rows: int,
    temperature: float,
) -> Tensor:
    """Return the self-conditioning signal `(B, C, D)`: of the first rows, and zeros for the others."""
    decoder = model.model.decoder
    first_masks = {kind: None if mask is None else mask[:rows] for kind, mask in masks.items()}
    inputs = condition(decoder, canvases.noisy[:rows], None)
    hidden = decode(decoder, inputs, cache.first(rows), canvases.positions[:rows], first_masks)
    signal = hidden.new_zeros((*canvases.clean.shape, hidden.shape[-1]))
    signal[:rows] = decoder.embed_tokens(canvases.clean[:rows])
    free = canvases.free[:rows]
    signal[:rows][free] = soft_embed(decoder, (head(model, hidden[free]) / temperature).softmax(-1))
    return signal


def _cross_entropy(model: Any, hidden: Tensor, targets: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Return the weighted mean of the losses, 0 where there are none, and each of them."""
    weight = model.lm_head.weight
    total, each = CappedCrossEntropy.apply(  # type: ignore[no-untyped-call]
        hidden,
        weight[:] if isinstance(weight, PackedWeight) else weight,
        targets,
        weights / weights.sum().clamp(min=1e-9),
        model.final_logit_softcapping,
    )
    return total, each
