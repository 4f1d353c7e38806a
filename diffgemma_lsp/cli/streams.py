"""Standard output and standard error, whose readers may leave at any time."""

from __future__ import annotations

import os
import sys
from contextlib import suppress


def note(message: str) -> None:
    """Say a sentence on standard error; that nobody listens any more is no failure."""
    with suppress(BrokenPipeError):
        print(f"diffgemma: {message}", file=sys.stderr)


def flush_streams() -> None:
    """Flush both streams, and let go of one that nobody reads: the interpreter would fail on it at its end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
