"""Which of two ways this machine is faster at: its processor is asked, for no list of instructions tells."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache

import torch

_WIDTH, _ROUNDS = 256, 3


def is_faster(work: Callable[[], object], other: Callable[[], object], rounds: int = 7) -> bool:
    """Say whether `work` takes less time than `other`, in the best of a few rounds each."""
    return least_seconds(work, rounds) < least_seconds(other, rounds)


def least_seconds(work: Callable[[], object], rounds: int) -> float:
    """Return the least of a few tries: what else the machine does only adds to it."""
    tries = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        tries.append(time.perf_counter() - start)
    return min(tries)


@cache
def has_fast_bfloat16() -> bool:
    """Say whether the processor multiplies bfloat16 faster than float32.

    Without instructions for it one takes sixty times as long (torch 2.13, AVX2 alone); with them, half.
    """
    wide = torch.ones(_WIDTH, _WIDTH)
    narrow = wide.bfloat16()
    return is_faster(lambda: narrow @ narrow, lambda: wide @ wide, _ROUNDS)
