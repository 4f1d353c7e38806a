"""All stairs of a hole in one canvas, so that each of its tokens is learned from all before it, as an encoder learns.

A stair supervises one token well. A staircase holds its hole twice: clean, and as noise. A slot of noise sees what is
given, the clean tokens before its own place, and itself; a clean one sees what is given, and the clean ones up to
itself; what is given sees only that, so that no token can be looked up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

ORDINARY, GIVEN, CLEAN, NOISE = range(4)
"""What a slot is: one of a canvas in which every slot sees every other, or one of a staircase."""


@dataclass(frozen=True, slots=True)
class Staircase:
    """Per slot of a canvas: the token id, what the slot is, its place in the hole, its position after the prompt."""

    ids: tuple[int, ...]
    roles: tuple[int, ...]
    places: tuple[int, ...]
    positions: tuple[int, ...]


def staircase_of(tail: Sequence[int], hole: Sequence[int], head: Sequence[int], filler: int) -> Staircase:
    """Return the staircase of a canvas with one hole: up to its first filler, by which a hole ends, if there is one.

    All stand at the positions that they would have with the whole hole between them.
    """
    size = list(hole).index(filler) + 1 if filler in hole else len(hole)
    first, after = len(tail), len(tail) + len(hole)
    known, asked = tuple(range(size - 1)), tuple(range(size))
    given = len(tail) + len(head)
    return Staircase(
        ids=(*tail, *head, *hole[: size - 1], *hole[:size]),
        roles=(GIVEN,) * given + (CLEAN,) * len(known) + (NOISE,) * size,
        places=(0,) * given + known + asked,
        positions=(
            *range(first),
            *range(after, after + len(head)),
            *(first + place for place in known),
            *(first + place for place in asked),
        ),
    )


def seen(roles: Tensor, places: Tensor) -> Tensor:
    """Return which slots `(B, C, C)` each slot of its canvas sees, by their roles and places `(B, C)`."""
    mine, other = roles[:, :, None], roles[:, None, :]
    distance = places[:, :, None] - places[:, None, :]
    before = (other == CLEAN) & (((mine == CLEAN) & (distance >= 0)) | ((mine == NOISE) & (distance > 0)))
    itself = (mine == NOISE) & (other == NOISE) & (distance == 0)
    return (mine == ORDINARY) | (other == GIVEN) | before | itself
