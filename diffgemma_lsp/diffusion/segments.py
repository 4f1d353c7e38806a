"""What a canvas row is made of. Needs no torch, so that a layout can be made without it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slots:
    """`count` free positions of a hole. They start from the tokens of `start`; from noise after those, and for None."""

    count: int
    start: tuple[int | None, ...] = ()


Segment = tuple[int, ...] | Slots


def segment_length(segment: Segment) -> int:
    """Return the number of canvas positions that a segment takes."""
    return segment.count if isinstance(segment, Slots) else len(segment)
