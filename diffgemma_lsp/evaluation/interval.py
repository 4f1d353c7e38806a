"""How far a share that was counted may be from the true one."""

from __future__ import annotations

Interval = tuple[float, float]

_DEVIATIONS = 1.959964
"""Of a normal distribution, within which 95 % of it lies."""


def wilson(hits: int, tries: int) -> Interval:
    """Return the 95 % interval of a share by Wilson's score (1927), `(0, 1)` where nothing was tried.

    Unlike the mean plus and minus its deviation, it is right for shares near 0 and for few tries.
    """
    if not tries:
        return 0.0, 1.0
    share, square = hits / tries, _DEVIATIONS**2
    centre = (share + square / (2 * tries)) / (1 + square / tries)
    spread = (share * (1 - share) / tries + square / (4 * tries**2)) ** 0.5 * _DEVIATIONS / (1 + square / tries)
    return max(0.0, centre - spread), min(1.0, centre + spread)
