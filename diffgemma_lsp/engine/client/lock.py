"""The lock that decides who is the engine. The system lets go of it however its holder ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from diffgemma_lsp.engine.client.paths import files_of_an_engine


def take_lock(file: Path) -> int | None:
    """Lock `file` and return its descriptor, which holds the lock until it is closed; None if another holds it.

    Raises EngineUnavailableError when the file cannot be made.
    """
    with files_of_an_engine(file.parent):
        descriptor = os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        _lock(descriptor)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def is_locked(file: Path) -> bool:
    """Say whether somebody holds the lock. It is taken for a moment, so who wants it should try again for a while."""
    descriptor = take_lock(file)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
