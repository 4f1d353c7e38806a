"""Where the repository of a file begins."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

_MARK = ".git"
_MOST_REMEMBERED = 1000


def rules_root(path: Path, folders: Sequence[Path]) -> Path:
    """Return the folder from which ignore files count: the git repository's, else the workspace's, else the file's own.

    `folders` are those of the workspace, none for a command.
    """
    return _git_root(path) or _workspace(path, folders) or path.parent


def source_root(path: Path, folders: Sequence[Path]) -> Path:
    """Return the folder outside of which nothing is a source for a file.

    That is the git repository's or the workspace's, whichever is the inner one, else the file's own.
    """
    found = (_git_root(path), _workspace(path, folders))
    return max((root for root in found if root), key=lambda root: len(root.parts), default=path.parent)


def is_git_root(folder: Path) -> bool:
    """Say whether a git repository begins at a folder; a work tree and a submodule have a file there."""
    return is_there(folder / _MARK)


def is_there(path: Path) -> bool:
    """Say whether a path can be seen; False in a folder that may not be entered."""
    try:
        return path.exists()
    except OSError:
        return False


def _git_root(path: Path) -> Path | None:
    return next((folder for folder, mark in _marks(path) if is_there(mark)), None)


def _workspace(path: Path, folders: Sequence[Path]) -> Path | None:
    holding = (folder for folder in folders if path.is_relative_to(folder))
    return max(holding, key=lambda folder: len(folder.parts), default=None)


@lru_cache(_MOST_REMEMBERED)
def _marks(path: Path) -> tuple[tuple[Path, Path], ...]:
    """Return the folders that hold a path, the nearest first, and what stands in each where a repository begins."""
    return tuple((folder, folder / _MARK) for folder in path.parents)
