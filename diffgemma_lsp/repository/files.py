"""The files of a repository: nearest first, and only what a model may see."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.repository.ignoring import IgnoreRules
from diffgemma_lsp.repository.roots import is_git_root, is_there, rules_root, source_root
from diffgemma_lsp.text import Document, language_of
from diffgemma_lsp.text.languages import is_programming
from diffgemma_lsp.text.secrets import why_secret, why_unfit

# What others wrote, whether or not an ignore file says so; folders whose names begin with a dot are left out, too.
_NOT_OURS = frozenset({"node_modules", "site-packages", "__pycache__"})
MOST_BYTES = 500_000
"""Longer files are data, or were not written by hand."""
_MOST_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file as a folder lists it: where its size and the time of its change are the same, so is its text."""

    path: Path
    size: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Repository:
    """The files below `root` that are written in `language`, None for any that is a programming language.

    Links are not followed and other repositories within not entered, so no file is of another root. Ignore files count
    from `rules` on, which is `root` or above it.
    """

    root: Path
    rules: Path
    language: str | None
    _ignore: IgnoreRules = field(default_factory=IgnoreRules)

    @classmethod
    def around(cls, file: Path, folders: Sequence[Path] = ()) -> Repository:
        """Return the repository of a file; `folders` are those of the workspace, if there is one."""
        return cls(source_root(file, folders), rules_root(file, folders), language_of(file.name))

    def name(self, path: Path) -> str:
        """Return a file's path within the repository."""
        return path.relative_to(self.root).as_posix()

    def near(self, file: Path) -> Iterator[Stamp | None]:
        """Yield the files that a model may see, from the file's own folder outwards, and None for each other entry.

        So whoever asks can stop in a folder of a million files. What vanishes meanwhile is passed over.
        """
        seen: set[Path] = set()
        for base in file.parents:
            yield from self._below(base, seen)
            if base == self.root:
                return

    def text(self, path: Path) -> str | None:
        """Return the text of a file; None where it cannot be read, or a model may not see it."""
        with suppress(OSError, InputError):
            text = Document.from_bytes(path.read_bytes(), path.name, reads_coding_line=True).text
            return text if why_unfit(text, MOST_BYTES) is None else None
        return None

    def holds(self, path: Path) -> bool:
        """Say whether `near` would yield a file of this path, if it is one."""
        if not path.is_relative_to(self.root):
            return False
        folders = (folder for folder in path.parents if folder != self.root and folder.is_relative_to(self.root))
        return self._is_fit(path) and all(map(self._is_ours, folders))

    def _below(self, base: Path, seen: set[Path]) -> Iterator[Stamp | None]:
        """Yield from a folder, then from the folders in it, but for folders that were `seen`."""
        folders = [base]
        for folder in folders:
            if folder in seen:
                continue
            seen.add(folder)
            for entry in _entries(folder):
                path = Path(entry.path)
                if not entry.is_dir(follow_symlinks=False):
                    yield self._stamp(entry, path)
                elif self._is_ours(path):
                    folders.append(path)
                    yield None

    def _is_ours(self, folder: Path) -> bool:
        is_foreign = folder.name.startswith(".") or folder.name in _NOT_OURS or is_there(folder / "pyvenv.cfg")
        return (
            not is_foreign
            and not is_git_root(folder)
            and self._ignore.ignoring(folder, self.rules, is_folder=True) is None
        )

    def _is_fit(self, path: Path) -> bool:
        language = language_of(path.name)
        is_code = is_programming(language) if self.language is None else language == self.language != ""
        return is_code and why_secret(path.name) is None and self._ignore.ignoring(path, self.rules) is None

    def _stamp(self, entry: os.DirEntry[str], path: Path) -> Stamp | None:
        with suppress(OSError):
            if entry.is_file(follow_symlinks=False) and self._is_fit(path):
                status = entry.stat(follow_symlinks=False)
                if status.st_size <= MOST_BYTES:
                    return Stamp(path, status.st_size, status.st_mtime_ns)
        return None


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """Return what stands in a folder, nothing where it cannot be read; a folder of more is data."""
    with suppress(OSError), os.scandir(folder) as entries:
        return sorted(islice(entries, _MOST_ENTRIES), key=lambda entry: entry.name)
    return []
