"""How long to wait before a server that is overloaded is asked again."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

_FIRST_SECONDS = 0.25
_LONGEST_SECONDS = 8.0


def pauses(retries: int, random: Random) -> Iterator[float]:
    """Yield `retries` pauses in seconds, each up to twice as long as the one before.

    They are random between half and all of that, so that those whom a server has refused together do not come back
    together.
    """
    longest = _FIRST_SECONDS
    for _ in range(retries):
        yield longest * random.uniform(0.5, 1.0)
        longest = min(2 * longest, _LONGEST_SECONDS)


def wanted_pause(header: str | None) -> float:
    """Return what a server's Retry-After asks for in seconds, 0 where it asks nothing that can be waited for."""
    if header is None or not header.strip().isdecimal():
        return 0.0
    return min(float(header), _LONGEST_SECONDS)
