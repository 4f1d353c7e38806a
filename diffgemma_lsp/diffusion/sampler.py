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


class Sampler(Protocol):
    """Decides, without state, which positions take their sampled token; the canvas renoises the others."""

    def accept(self, entropy: Tensor) -> Tensor:
        """Return a bool tensor `(B, C)` from entropies `(B, C)` in nats, which are infinite at given positions."""
        ...


@dataclass(frozen=True, slots=True)
class EntropyBound:
    """Accepts, row by row, the most certain positions whose tokens are nearly independent.

    With the entropies in ascending order, position k is accepted while `H_1 + ... + H_k - H_k <= bound`: that sum
    bounds the mutual information of the accepted tokens (arXiv 2505.24857), so sampling them at once costs little.
    The first is always accepted. Equals `EntropyBoundSampler.accept_canvas` of transformers where all is free.
    """

    bound: float

    def accept(self, entropy: Tensor) -> Tensor:
        """Return the accepted positions `(B, C)`."""
        ascending, order = torch.sort(entropy, dim=-1, descending=False)
        within = torch.cumsum(ascending, dim=-1) - ascending <= self.bound
        within &= ascending.isfinite()
        return torch.zeros_like(within).scatter(-1, order, within)


@dataclass(frozen=True, slots=True)
class LeftFirst:
    """Accepts what an entropy bound does, and each hole from its left end up to the first token in doubt, with that.

    It is for a small model, whose far tokens are a guess until those before them stand. A token is in doubt above
    `settled` nats. One that was accepted is settled once the model, seeing it, is sure of it, and is drawn anew until
    then: a hole settles by a token a step or more where the model trusts its own, and nothing is fixed for good.
    """

    bound: float
    settled: float

    def accept(self, entropy: Tensor) -> Tensor:
        """Return the accepted positions `(B, C)`."""
        free = entropy.isfinite()
        doubted = (free & (entropy > self.settled)).long()
        doubted_so_far = doubted.cumsum(dim=-1)
        is_first = free.clone()
        is_first[:, 1:] &= ~free[:, :-1]
        before_hole = torch.where(is_first, doubted_so_far - doubted, 0).cummax(dim=-1).values
        from_left = free & (doubted_so_far - doubted == before_hole)
        return from_left | EntropyBound(self.bound).accept(entropy)


def sampler_of(bound: float, settled: float | None) -> Sampler:
    """Return the sampler of an entropy bound, settling from the left where `settled` says when a token is."""
    return EntropyBound(bound) if settled is None else LeftFirst(bound, settled)
