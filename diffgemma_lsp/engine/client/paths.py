"""Where an engine keeps its files: a runtime folder that only its user can open, and a state folder for its log."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.errors import EngineUnavailableError

_PRIVATE = 0o700


@dataclass(frozen=True, slots=True)
class EnginePaths:
    """The files of one engine.

    Whoever holds `lock` is the engine; `address` says how to reach it; `words` is what its process last wrote to
    standard error.
    """

    folder: Path
    lock: Path
    address: Path
    socket: Path
    words: Path
    log: Path


def paths_of(spec: EngineSpec) -> EnginePaths:
    """Return the paths of an engine, in a runtime folder that is made if need be.

    Raises EngineUnavailableError when that folder is not private.
    """
    folder = runtime_folder()
    name = f"engine-{spec.key}"
    return EnginePaths(
        folder=folder,
        lock=folder / f"{name}.lock",
        address=folder / f"{name}.json",
        socket=folder / f"{name}.sock",
        words=folder / f"{name}.err",
        log=state_folder() / f"{name}.log",
    )


@contextmanager
def files_of_an_engine(folder: Path) -> Iterator[None]:
    """Let an OSError in the block be an EngineUnavailableError: without its files no engine can be found."""
    try:
        yield
    except OSError as error:
        raise EngineUnavailableError(
            f"the engine's files in {folder} cannot be used ({error.strerror or error});"
            " make room there, or set XDG_RUNTIME_DIR to another private folder"
        ) from error


def remove_all(paths: EnginePaths) -> None:
    """Remove the files of an engine that has ended for good. What cannot be removed stays."""
    logs = paths.log.parent.glob(f"{paths.log.name}*")
    for file in (paths.address, paths.socket, paths.words, paths.lock, *logs):
        with suppress(OSError):
            file.unlink()


def runtime_folder() -> Path:
    """Return a folder that only this user can open: in XDG_RUNTIME_DIR, else under the folder for temporary files."""
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    if given and Path(given).is_dir():
        folder = Path(given) / "diffgemma"
    else:
        owner = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
        folder = Path(tempfile.gettempdir()) / f"diffgemma-{owner}"
    try:
        folder.mkdir(mode=_PRIVATE, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise EngineUnavailableError(
            f"the engine's folder {folder} cannot be made ({error.strerror}); set XDG_RUNTIME_DIR to a private folder"
        ) from error
    is_ours = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    is_closed = os.name == "nt" or not stat.S_IMODE(found.st_mode) & 0o077
    if not (stat.S_ISDIR(found.st_mode) and is_ours and is_closed):
        raise EngineUnavailableError(
            f"the engine's folder {folder} must be a folder of yours that nobody else can open (mode 700);"
            " remove it, or set XDG_RUNTIME_DIR to a private folder"
        )
    return folder


def state_folder() -> Path:
    """Return the user's folder for what outlives a process; it need not exist yet."""
    given = Path(os.environ.get("XDG_STATE_HOME", ""))
    return (given if given.is_absolute() else Path.home() / ".local" / "state") / "diffgemma"
