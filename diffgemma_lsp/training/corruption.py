"""What stands in holes in training: noise spread over a canvas, or the text up to somewhere and noise behind it.

Spread noise is what DiffusionGemma was trained on. The other form is a stair: in each hole the first tokens are clean,
the rest is noise, as where a sampler settles a hole from its left end. There the next token has a neighbour to go by,
so that every stair teaches one token well; behind the last token it teaches where the hole ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

FULLY_RANDOM_SHARE = 0.45
BESIDE_NEXT = 0.25
"""Weight of a stair's other tokens in noise, whose losses are mostly what nobody could know."""
BEFORE_NEXT = 0.1
"""Weight of a stair's clean tokens."""


@dataclass(frozen=True, slots=True)
class Noise:
    """A share `stairs` of the canvases are stairs. The others have noise in a share t of their free slots.

    Before that, a share `staircases` of those with one hole are made staircases, whose noise is where it must be.
    Without `share`, t is drawn per canvas: 1 for almost half of them, since there every fill begins, else uniform.
    """

    stairs: float = 0.0
    staircases: float = 0.0
    share: float | None = None

    @property
    def to_validate(self) -> Noise:
        """The same for held-out text: nothing but noise in the holes, half of them being stairs if there are any."""
        return Noise(stairs=0.5 if self.stairs else 0.0, share=1.0)


SPREAD = Noise()
STAIRS = Noise(stairs=0.6, staircases=0.6)


def places_in_holes(free: Tensor, owners: Tensor) -> Tensor:
    """Return each free slot's place in its hole, counted from 0, `(B, C)`."""
    place = torch.zeros_like(owners)
    for slot in range(1, free.shape[1]):
        goes_on = free[:, slot] & free[:, slot - 1] & (owners[:, slot] == owners[:, slot - 1])
        place[:, slot] = torch.where(goes_on, place[:, slot - 1] + 1, 0)
    return place


def spread(owners: Tensor, share: float | None, generator: torch.Generator) -> Tensor:
    """Return which slots `(B, C)` become noise, free or not: a share of each canvas."""
    drawn = torch.rand(owners.shape, generator=generator)
    drawn[torch.rand(owners.shape, generator=generator) < FULLY_RANDOM_SHARE] = 1.0
    hit = torch.rand(owners.shape, generator=generator)
    return hit < (of_canvas(drawn, owners) if share is None else share)


def tokens_known(text: Tensor, place: Tensor, free: Tensor, owners: Tensor, generator: torch.Generator) -> Tensor:
    """Return how many tokens of its hole each slot's stair keeps `(B, C)`: any number, none and all being two of them.

    `text` says which free slots hold text, not filler.
    """
    hole = (free & (place == 0)).cumsum(1)
    lengths = torch.zeros_like(place).scatter_add(1, hole, text.long()).gather(1, hole)
    share = of_canvas(torch.rand(owners.shape, generator=generator), owners)
    return (share * (lengths + 1)).long()


def known_before(is_clean: Tensor, place: Tensor, free: Tensor) -> Tensor:
    """Return how many tokens of each slot's hole are clean before the first that is not `(B, C)`."""
    hole = (free & (place == 0)).cumsum(1)
    wrong = torch.where(free & ~is_clean, place, place.shape[1])
    first = torch.full_like(place, place.shape[1]).scatter_reduce(1, hole, wrong, "amin")
    lengths = torch.zeros_like(place).scatter_add(1, hole, free.long())
    return torch.minimum(first, lengths).gather(1, hole)


def stair_weights(weights: Tensor, place: Tensor, known: Tensor) -> Tensor:
    """Return the weights of stairs' losses: a full one for the next token, little for what is clean or far."""
    beside = torch.where(place < known, BEFORE_NEXT, BESIDE_NEXT) * weights
    return torch.where((place == known) & (weights > 0), 1.0, beside)


def of_canvas(drawn: Tensor, owners: Tensor) -> Tensor:
    """Return one value per canvas: that of the slot whose index is the canvas's number."""
    return drawn.gather(1, owners.clamp(min=0))
