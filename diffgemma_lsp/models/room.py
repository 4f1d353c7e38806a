"""What a checkpoint takes of a device, computed from its shape before any weight is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from diffgemma_lsp.models.packed.schemes import SCHEMES, Scheme
from diffgemma_lsp.models.profile import ModelProfile
from diffgemma_lsp.models.weights import nbytes_of

# Float32 values of every token at every free position that stand side by side in a denoising step: logits, scaled
# logits, probabilities, and what the entropy of a position is computed from.
_LOGIT_COPIES = 6


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes: `weights`, `context` for the longest prompt of the profile, `canvas` for a denoising step."""

    weights: int
    context: int
    canvas: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.context + self.canvas


def room_for(model: Any, scheme: Scheme, dtype: torch.dtype, profile: ModelProfile) -> Room:
    """Return what a model on the meta device will take once it is loaded and fills what `profile` allows."""
    config = model.config.get_text_config()
    budget = profile.canvas
    positions = max(budget.max_length, profile.sampling.attempts * sum(budget.buckets))
    # A cache grows by doubling.
    capacity = 1 << (profile.context.prompt_tokens - 1).bit_length()
    return Room(
        weights=nbytes_of(model, scheme, dtype),
        context=capacity * _values_a_token(model) * dtype.itemsize,
        canvas=positions * config.vocab_size * _LOGIT_COPIES * torch.float32.itemsize,
    )


def rooms_for(model: Any, dtype: torch.dtype, profile: ModelProfile, stored: Scheme | None = None) -> dict[str, Room]:
    """Return the room for each scheme by name, the largest first; only for the one that weights are `stored` in."""
    schemes = SCHEMES if stored is None else {stored.name: stored}
    return {name: room_for(model, scheme, dtype, profile) for name, scheme in schemes.items()}


def _values_a_token(model: Any) -> int:
    """Return how many numbers the cache keeps for a token: keys and values of every layer."""
    attention = [layer.self_attn for layer in model.model.decoder.layers]
    return sum(2 * part.k_proj.weight.shape[0] for part in attention)
