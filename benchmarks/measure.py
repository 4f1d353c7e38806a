"""Timing two ways of doing one thing, in alternation."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


def seconds_of(work: Callable[[], object]) -> float:
    """Return the seconds that one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@dataclass(frozen=True, slots=True)
class Pair:
    """Medians of two alternated timings in seconds, and the median of the ratios `theirs / ours` of the rounds."""

    ours: float
    theirs: float
    ratio: float


def paired(ours: Callable[[], float], theirs: Callable[[], float], rounds: int) -> Pair:
    """Take two measurements in turn, after one round that does not count."""
    ours()
    theirs()
    times = [(ours(), theirs()) for _ in range(rounds)]
    return Pair(
        ours=median(one for one, _ in times),
        theirs=median(other for _, other in times),
        ratio=median(other / one for one, other in times),
    )
