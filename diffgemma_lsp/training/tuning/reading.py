"""The code in a folder, as far as a model may see it: by the same rules as the index of a repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from diffgemma_lsp.corpus.digests import digest
from diffgemma_lsp.corpus.duplicates import distinct
from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.repository.files import Repository
from diffgemma_lsp.repository.roots import rules_root

HELD_OUT_SHARE = 0.1


def code_in(folder: Path) -> list[Module]:
    """Return the code files in a folder and below, by path, but for those that repeat others.

    Nothing ignored, secret, generated or huge is read, nor what lies in other repositories, behind links, or in folders
    of installed packages.
    """
    return list(distinct(_read(folder.resolve()), set()))


def split(modules: list[Module], seed: int) -> tuple[list[Module], list[Module]]:
    """Return what is learned from and what is held out, file by file; at least one file is held out."""
    drawn = sorted(modules, key=lambda module: digest([str(seed), module.path]))
    count = max(1, round(HELD_OUT_SHARE * len(drawn)))
    return sorted(drawn[count:], key=_path), sorted(drawn[:count], key=_path)


def _read(folder: Path) -> Iterator[Module]:
    inside = folder / "any"
    repository = Repository(folder, rules_root(inside, ()), language=None)
    for path in sorted(stamp.path for stamp in repository.near(inside) if stamp is not None):
        text = repository.text(path)
        if text is not None and text.strip():
            yield Module(folder.name, repository.name(path), text)


def _path(module: Module) -> str:
    return module.path
