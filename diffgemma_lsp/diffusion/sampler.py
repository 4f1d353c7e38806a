"""How tokens are drawn in a step, and which of them are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


def token_entropy(probabilities: Tensor) -> Tensor:
    """Return the entropy in nats `(N,)` of distributions `(N, V)`."""
    least = torch.finfo(probabilities.dtype).tiny
    return -(probabilities.clamp(min=least).log() * probabilities).sum(dim=-1)


Draw = Callable[[Tensor, torch.Generator], Tensor]
"""Draws a token `(N,)` from each of N distributions `(N, V)`, which need not add up to 1."""


def draw(probabilities: Tensor, generator: torch.Generator) -> Tensor:
    """Draw one number for each distribution, and look it up where that is cumulated.

    What has no probability is never drawn.
    """
    cumulated = probabilities.cumsum(dim=-1)
    total = cumulated[:, -1:]
    drawn = torch.rand(total.shape, generator=generator, device=total.device) * total
    below_total = torch.minimum(drawn, torch.nextafter(total, torch.zeros_like(total)))
    return torch.searchsorted(cumulated, below_total, right=True).squeeze(-1)


def draw_as_torch(probabilities: Tensor, generator: torch.Generator) -> Tensor:
    """Draw a number for each token, as `generate()` of transformers does: on a CPU that takes a third of a step."""
    return torch.multinomial(probabilities, num_samples=1, generator=generator).squeeze(-1)


@dataclass(frozen=True, slots=True)
class Certainty:
    """How sure a model is of each position `(B, C)`.

    `entropy` is in nats, of the distribution that a token is drawn from, after the temperature; infinite where one is
    given. `confidence` is the likeliest token's probability by the model's own distribution, before it.
    """

    entropy: Tensor
    confidence: Tensor

    @property
    def free(self) -> Tensor:
        """Which positions have no given token."""
        return self.entropy.isfinite()


class Sampler(Protocol):
    """Decides, without state, which positions take their sampled token; the canvas renoises the others."""

    def accept(self, certainty: Certainty) -> Tensor:
        """Return a bool tensor `(B, C)`, False at given positions."""
        ...


@dataclass(frozen=True, slots=True)
class EntropyBound:
    """Accepts, row by row, the most certain positions whose tokens are nearly independent.

    With the entropies in ascending order, position k is accepted while `H_1 + ... + H_k - H_k <= bound`: that sum
    bounds the mutual information of the accepted tokens (arXiv 2505.24857), so sampling them at once costs little.
    The first is always accepted. Equals `EntropyBoundSampler.accept_canvas` of transformers where all is free.
    """

    bound: float

    def accept(self, certainty: Certainty) -> Tensor:
        """Return the accepted positions `(B, C)`."""
        ascending, order = torch.sort(certainty.entropy, dim=-1, descending=False)
        within = torch.cumsum(ascending, dim=-1) - ascending <= self.bound
        within &= ascending.isfinite()
        return torch.zeros_like(within).scatter(-1, order, within)


@dataclass(frozen=True, slots=True)
class LeftFirst:
    """Accepts each hole from its left end up to the first token in doubt, with that, and nothing behind it.

    It is for a small model, whose far tokens are a guess until those before them stand. A token is in doubt while the
    model gives none a probability of `settled`, whatever the temperature. One that was accepted is settled once the
    model, seeing it, is that sure of it, and is drawn anew until then: a hole settles by a token a step or more where
    the model trusts its own, and nothing is fixed for good.
    """

    settled: float

    def accept(self, certainty: Certainty) -> Tensor:
        """Return the accepted positions `(B, C)`."""
        free = certainty.free
        doubted = (free & (certainty.confidence < self.settled)).long()
        doubted_so_far = doubted.cumsum(dim=-1)
        is_first = free.clone()
        is_first[:, 1:] &= ~free[:, :-1]
        before_hole = torch.where(is_first, doubted_so_far - doubted, 0).cummax(dim=-1).values
        return free & (doubted_so_far - doubted == before_hole)


def sampler_of(bound: float | None, settled: float | None) -> Sampler:
    """Return the sampler of an entropy bound, or that of what settles from the left: just one of them is given."""
    if settled is not None:
        return LeftFirst(settled)
    assert bound is not None
    return EntropyBound(bound)
