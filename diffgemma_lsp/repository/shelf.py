"""The repositories that somebody works in, one index for each, within a bound of lines."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from diffgemma_lsp.repository.files import Repository
from diffgemma_lsp.repository.index import ReadingState, RepositoryIndex, Site
from diffgemma_lsp.text.precedents import Precedent, PrecedentIndex

_SECONDS_BETWEEN_READINGS = 60.0
# Whether a document may be seen is found out by a dozen looks at the disk, which are not taken at every key.
_SECONDS_BETWEEN_LOOKS = 1.0


@dataclass(slots=True)
class _Held:
    index: RepositoryIndex
    begun: float
    looked: float


@dataclass(slots=True)
class Shelf:
    """An index for each root and language; those that were used last stay. Belongs to one thread.

    `most_lines` bounds them together; `clock` returns seconds.
    """

    most_lines: int
    clock: Callable[[], float] = time.monotonic
    _held: OrderedDict[tuple[Path, str | None], _Held] = field(default_factory=OrderedDict)

    def precedents(self, site: Site, shown: Mapping[Path, str], folders: Sequence[Path] = ()) -> tuple[Precedent, ...]:
        """Return the precedents of a site in what is read of its repository until now, best first.

        `shown` are the documents that an editor shows now, by path, and `folders` those of its workspace. What is on
        disk is looked at again after a minute, and as soon as a document is shown no more. Whether a model may see
        those that are shown is looked at again after a second.
        """
        repository = Repository.around(site.path, folders)
        key = repository.root, repository.language
        held = self._held.pop(key, None)
        now = self.clock()
        if held is None:
            held = _Held(RepositoryIndex(repository, PrecedentIndex(self.most_lines)), float("-inf"), now)
        self._held[key] = held
        looks_again = now - held.looked >= _SECONDS_BETWEEN_LOOKS
        held.looked = now if looks_again else held.looked
        is_behind = held.index.show(shown, looks_again=looks_again) or now - held.begun >= _SECONDS_BETWEEN_READINGS
        if is_behind and held.index.state != "reading":
            held.index.begin(site.path)
            held.begun = now
        return held.index.precedents(site)

    def step(self) -> bool:
        """Read one file at most, of the repository that was used last; say whether there is more to do."""
        is_reading = any(held.index.step() for held in reversed(self._held.values()))
        while len(self._held) > 1 and self.lines > self.most_lines:
            self._held.popitem(last=False)
        return is_reading

    @property
    def lines(self) -> int:
        """How many lines are held."""
        return sum(len(held.index.lines) for held in self._held.values())

    @property
    def state(self) -> ReadingState:
        """How far the reading of the repository is that was used last."""
        return next(reversed(self._held.values())).index.state if self._held else "complete"
