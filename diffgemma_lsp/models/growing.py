"""A new folder that appears when everything is in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from safetensors import SafetensorError

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.models.disk import free_disk
from diffgemma_lsp.models.sizes import size


@contextmanager
def growing(target: Path, needed: int, option: str, free: Callable[[Path], int] = free_disk) -> Iterator[Path]:
    """Give a folder that becomes `target` if the block ends well, and that is removed if it does not.

    Until then it has another, hidden name; what an ended process left there is removed. `needed` are the bytes that it
    will hold, `option` is what the command line calls it. Raises InputError where it is there, or cannot be written.
    """
    require_new(target, option)
    partial = target.with_name(f".{target.name}.growing")
    try:
        require_disk(target, needed, option, free)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
    except OSError as error:
        raise InputError(f"{target} cannot be made ({error.strerror}): name {option} in a folder of yours") from error
    try:
        yield partial
        _sync(partial)
        partial.rename(target)
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{target} cannot be written ({reason}): make room there, or name another {option}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Have everything on the disk before the folder gets the name under which it is believed."""
    for path in (*folder.iterdir(), folder):
        # Not every system can open a folder.
        with suppress(PermissionError):
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def require_new(target: Path, option: str) -> None:
    """Raise InputError where something of this name is there."""
    if target.exists() or target.is_symlink():
        raise InputError(f"{target} is there already: remove it, or name another {option}")


def require_disk(target: Path, needed: int, option: str, free: Callable[[Path], int] = free_disk) -> None:
    """Raise InputError where the disk has too little room for `needed` bytes."""
    left = free(target.parent)
    if needed > left:
        raise InputError(
            f"{target} needs {size(needed)}, where {size(left)} are free: free {size(needed - left)},"
            f" or name {option} on another disk"
        )
