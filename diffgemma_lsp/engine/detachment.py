"""A process that outlives whoever started it, and tells them once how its start went."""

from __future__ import annotations

import os
import sys


def detach() -> None:
    """Go on as a process of its own session; the one that was started ends at once. Call it before any thread runs."""
    if sys.platform != "win32":
        if os.fork():
            os._exit(0)
        os.setsid()


def answer(word: str) -> None:
    """Tell whoever started this process how it went, and never again: their end of standard output is closed then."""
    print(word, flush=True)  # noqa: T201
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
