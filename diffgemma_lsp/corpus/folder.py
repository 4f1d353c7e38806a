"""Any folder of Python code as something to measure on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from diffgemma_lsp.corpus.modules import Module, corpus_path, load
from diffgemma_lsp.corpus.packages import Role
from diffgemma_lsp.errors import InputError

_OTHERS = frozenset({"__pycache__", "node_modules", "site-packages"})
"""Folders that hold what others wrote; those whose names begin with a dot are left out, too."""
_MOST_CHARACTERS = 1_000_000


def modules_of(folder: Path) -> list[Module]:
    """Return the held-out modules that were fetched into a folder, or else all that lie in it and below.

    Raises InputError where there is none.
    """
    if corpus_path(folder, Role.HELD_OUT).exists():
        return load(folder, Role.HELD_OUT)
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder: name one that holds Python files")
    modules = list(_read(folder))
    if not modules:
        raise InputError(f"{folder} holds no Python file (*.py in UTF-8) to cut holes into: name another folder")
    return modules


def _read(folder: Path) -> Iterator[Module]:
    for path in sorted(folder.rglob("*.py")):
        inner = path.relative_to(folder)
        if any(part.startswith(".") or part in _OTHERS for part in inner.parts) or not path.is_file():
            continue
        try:
            text = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if text.strip() and len(text) <= _MOST_CHARACTERS:
            yield Module(folder.resolve().name, inner.as_posix(), text)
