"""The lines of a repository, read step by step, so that whoever reads them can do something else in between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from diffgemma_lsp.repository.files import MOST_BYTES, Repository, Stamp
from diffgemma_lsp.text.line_ends import split_line_ends
from diffgemma_lsp.text.precedents import Precedent, PrecedentIndex, find_precedents
from diffgemma_lsp.text.secrets import why_unfit

ReadingState = Literal["reading", "complete", "full"]
# So many entries of folders are looked at in a step, and so many in all.
_ENTRIES_OF_STEP = 50
_MOST_ENTRIES = 50_000


@dataclass(frozen=True, slots=True)
class Site:
    """Where an only hole stands: all text of the document at `path` before it, in it (`today`) and after it."""

    path: Path
    prefix: str
    suffix: str
    today: str = ""


@dataclass(slots=True)
class RepositoryIndex:
    """Holds the files of a repository as an editor shows them, or else as they are on disk. Belongs to one thread.

    `state` is "full" where the bound of lines, or of entries that are looked at, left something out.
    """

    repository: Repository
    lines: PrecedentIndex
    state: ReadingState = "complete"
    _walk: Iterator[Stamp | None] = field(default_factory=lambda: iter(()))
    _entries: int = 0
    _seen: set[Path] = field(default_factory=set)
    _read: dict[Path, Stamp] = field(default_factory=dict)
    _shown: dict[Path, str] = field(default_factory=dict)

    def begin(self, file: Path) -> None:
        """Begin to read what is new on disk since the last time, nearest to `file` first."""
        self.state, self._walk = "reading", self.repository.near(file)
        self._entries = 0
        self._seen = set()

    def step(self) -> bool:
        """Read one file at most; say whether there is more to do. No error comes out of it."""
        if self.state != "reading":
            return False
        for _ in range(_ENTRIES_OF_STEP):
            try:
                stamp = next(self._walk)
            except StopIteration:
                self._forget_vanished()
                self.state = "complete"
                return False
            self._entries += 1
            if self._entries > _MOST_ENTRIES:
                self.state = "full"
                return False
            if stamp is not None and self._is_news(stamp):
                self._take(stamp)
                return self.state == "reading"
        return True

    def show(self, shown: Mapping[Path, str], *, looks_again: bool = False) -> bool:
        """Hold documents as an editor shows them, by path; say whether one is shown no more, so that its file counts.

        Those that are not of the repository, or that no model may see, are no source. With `looks_again` that is found
        out anew for those whose text stayed, too: an ignore file may have changed.
        """
        hidden = self._shown.keys() - shown.keys()
        before, self._shown = self._shown, dict(shown)
        for path in hidden:
            self._drop(path)
        for path, raw in shown.items():
            if before.get(path) != raw or looks_again:
                self._show(path, raw)
        return bool(hidden)

    def precedents(self, site: Site) -> tuple[Precedent, ...]:
        """Return the precedents of a site, best first; they come from its own document, too."""
        name = self.repository.name(site.path)
        self._read.pop(site.path, None)
        self.lines.put(name, site.prefix + site.suffix)
        found = find_precedents(self.lines, name, site.prefix, site.suffix)
        if site.today:
            self.lines.put(name, site.prefix + site.today + site.suffix)
        return found

    def _show(self, path: Path, raw: str) -> None:
        text, _ = split_line_ends(raw)
        if self.repository.holds(path) and why_unfit(text, MOST_BYTES) is None:
            self._read.pop(path, None)
            self.lines.put(self.repository.name(path), text)
        else:
            self._drop(path)

    def _is_news(self, stamp: Stamp) -> bool:
        self._seen.add(stamp.path)
        return stamp.path not in self._shown and self._read.get(stamp.path) != stamp

    def _take(self, stamp: Stamp) -> None:
        name, text = self.repository.name(stamp.path), self.repository.text(stamp.path)
        self._read[stamp.path] = stamp
        if text is None:
            self.lines.drop(name)
        elif not self.lines.put(name, text):
            self.state = "full"

    def _forget_vanished(self) -> None:
        for path in self._read.keys() - self._seen:
            self._drop(path)

    def _drop(self, path: Path) -> None:
        self._read.pop(path, None)
        if path.is_relative_to(self.repository.root):
            self.lines.drop(self.repository.name(path))
