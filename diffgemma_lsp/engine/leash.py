"""The end of an engine that belongs to another process."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable


def end_with_owner(stop: Callable[[], None]) -> None:
    """Call `stop`, from a thread, once standard input ends: whoever owns this process holds it open while it lives."""

    def wait() -> None:
        while os.read(source, 1):
            pass
        stop()

    source = os.dup(sys.stdin.fileno())
    threading.Thread(target=wait, name="leash", daemon=True).start()
