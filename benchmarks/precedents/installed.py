"""Code of installed packages, for a corpus that needs no download: choose those that no checkpoint was trained on."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, files

from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.corpus.packages import read_packages
from diffgemma_lsp.errors import InputError

_SHORTEST = 200
"""Characters of a module that has something to fill."""


def modules_of(names: list[str]) -> Iterator[Module]:
    """Yield the modules of installed packages. Raises InputError for one that is not there, or is pinned."""
    pinned = {package.name for package in read_packages()}
    for name in names:
        if name.lower().replace("_", "-") in pinned:
            raise InputError(f"{name} is one of the pinned packages, which the starter was made with; name another")
        try:
            paths = files(name) or []
        except PackageNotFoundError:
            raise InputError(f"{name} is not installed; name a package that is") from None
        for path in paths:
            if path.suffix == ".py":
                text = path.read_text(encoding="utf-8")
                if len(text) >= _SHORTEST:
                    yield Module(name, str(path), text)
