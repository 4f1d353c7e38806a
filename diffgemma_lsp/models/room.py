"""What a checkpoint takes of a device, computed from its shape before any weight is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

from diffgemma_lsp.diffusion.cache import capacity_for
from diffgemma_lsp.models.graphs import columns
from diffgemma_lsp.models.packed.schemes import SCHEMES, Scheme
from diffgemma_lsp.models.weights import nbytes_of
from diffgemma_lsp.prompts.profile import ModelProfile

# Float32 values of every token at every free position that stand side by side in a denoising step: logits, scaled
# logits, probabilities, and what the entropy of a position is computed from.
_LOGIT_COPIES = 6


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes: `weights`, `context` for the longest prompt of the profile, `graphs` for the copy of it that CUDA graphs
    read, `canvas` for a denoising step."""

    weights: int
    context: int
    graphs: int
    canvas: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.context + self.graphs + self.canvas


def room_for(model: Any, scheme: Scheme, dtype: torch.dtype, profile: ModelProfile) -> Room:
    """Return what a model on the meta device will take once it is loaded and fills what `profile` allows."""
    config = model.config.get_text_config()
    budget = profile.canvas
    positions = max(budget.max_length, profile.sampling.attempts * sum(budget.buckets))
    capacity = capacity_for(profile.context.prompt_tokens)
    layers = list(_layers(model))
    return Room(
        weights=nbytes_of(model, scheme, dtype),
        context=sum(capacity * values for values, _ in layers) * dtype.itemsize,
        graphs=sum(columns(window, capacity) * values for values, window in layers) * dtype.itemsize,
        canvas=positions * config.vocab_size * _LOGIT_COPIES * torch.float32.itemsize,
    )


def rooms_for(model: Any, dtype: torch.dtype, profile: ModelProfile, stored: Scheme | None = None) -> dict[str, Room]:
    """Return the room for each scheme by name, the largest first; only for the one that weights are `stored` in."""
    schemes = SCHEMES if stored is None else {stored.name: stored}
    return {name: room_for(model, scheme, dtype, profile) for name, scheme in schemes.items()}


def _layers(model: Any) -> Iterator[tuple[int, int | None]]:
    """Yield how many numbers a layer's keys and values are for a token, and its window."""
    for layer in model.model.decoder.layers:
        yield 2 * layer.self_attn.k_proj.weight.shape[0], layer.self_attn.sliding_window
