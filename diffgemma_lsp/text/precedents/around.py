"""The lines around a cursor, as a query compares them with lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

LINES = 4
"""How many lines count on each side; blank ones are passed over."""
# Enough for so many lines of any code; a query must not split a whole file.
_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class Around:
    """`before` and `after` are the nearest lines that are not blank, the nearest first.

    `typed` is what stands in the hole's first line before it, `rest` what stands in its last line after it.
    """

    before: tuple[str, ...]
    typed: str
    rest: str
    after: tuple[str, ...]

    @classmethod
    def of(cls, prefix: str, suffix: str) -> Around:
        """Read what stands around a hole."""
        *above, typed = prefix[-_CHARACTERS:].split("\n")
        rest, *below = suffix[:_CHARACTERS].split("\n")
        return cls(_nearest(reversed(above)), typed, rest, _nearest(below))


def _nearest(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(islice((line for line in lines if line and not line.isspace()), LINES))
