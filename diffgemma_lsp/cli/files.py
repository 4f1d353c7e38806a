"""Read a file, and replace it as one step that happens or does not."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from diffgemma_lsp.cli.interrupts import ignore_interrupts
from diffgemma_lsp.errors import FileChangedError, InputError


@dataclass(frozen=True, slots=True)
class Source:
    """What a command reads: `data` as it was then; `name` is for messages, `path` is None at standard input."""

    name: str
    data: bytes
    path: Path | None = None


def read_source(argument: str) -> Source:
    """Read the file that a command line names, `-` for standard input. Raises InputError where that is not possible."""
    if argument == "-":
        return Source("standard input", sys.stdin.buffer.read())
    path = Path(argument)
    try:
        return Source(argument, path.read_bytes(), path)
    except FileNotFoundError as error:
        raise InputError(f"there is no file {argument}; check the path") from error
    except IsADirectoryError as error:
        raise InputError(f"{argument} is a folder; name a file in it") from error
    except OSError as error:
        raise InputError(f"{argument} cannot be read ({error.strerror}); name a file that you may read") from error


def check_writable(path: Path) -> None:
    """Raise InputError where `replace_file` would refuse `path` now."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{path} is no regular file, so it cannot be replaced; use --stdout")
        if not status.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
            raise InputError(f"{path} is read-only; make it writable, or use --stdout")
        with path.open("r+b"):
            pass
    except OSError as error:
        raise _unwritable(path, error) from error


def replace_file(path: Path, before: bytes, after: bytes) -> None:
    """Put `after` in the place of `path`, which holds `before`: all of it or nothing, whatever happens meanwhile.

    Symbolic links are followed. The mode stays, and the owner where that is allowed; other hard links keep the old
    contents. Raises FileChangedError where the file holds something else by now, InputError where it cannot be
    written. Belongs inside `interruptible`: an interrupt leaves the file as it was until it is replaced, and is
    ignored from then on.
    """
    check_writable(path)
    target = path.resolve()
    # The name is chosen before the file is made, so that no interrupt falls between making it and knowing it.
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        _write_like(draft, target.stat(), after)
        if target.read_bytes() != before:
            raise FileChangedError(f"{path} changed while it was being filled, so it was not written; run it again")
        ignore_interrupts()
        draft.replace(target)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        # A second interrupt must not keep the draft from being removed.
        with suppress(KeyboardInterrupt):
            ignore_interrupts()
        draft.unlink(missing_ok=True)
    _sync_folder(target.parent)


def _write_like(draft: Path, status: os.stat_result, data: bytes) -> None:
    with draft.open("xb") as file:
        file.write(data)
        file.flush()
        if sys.platform != "win32":
            # The owner first: changing it takes set-user-id bits from the mode.
            with suppress(PermissionError):
                os.fchown(file.fileno(), status.st_uid, status.st_gid)
        draft.chmod(stat.S_IMODE(status.st_mode))
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the new name durable; not every system can open a folder, and the file itself is safe without."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path} cannot be written ({error.strerror}); make it and its folder writable, or use --stdout")
