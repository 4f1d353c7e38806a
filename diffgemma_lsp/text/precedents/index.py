"""The lines of a repository, and where each word stands: what precedents are found in."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

from diffgemma_lsp.text.precedents.words import words_of

BORDER = 0
"""The id that stands before the first line of a file, after its last, and for every blank line."""

MOST_LINES = 200_000
# A word that stands in more lines tells little about any of them, and would make every query slow.
MOST_PLACES = 250
# Longer lines are data: their words would fill the index.
_LONGEST_LINE = 400
_NOWHERE: array[int] = array("I")
_LEAST_WEIGHT = 0.05
# What a word tells that stands in so many lines.
_WEIGHTS = tuple(
    max(_LEAST_WEIGHT, 1.0 - math.log1p(count) / math.log1p(MOST_PLACES)) for count in range(MOST_PLACES + 1)
)
# Fewer characters begin too many lines to tell anything.
_HEAD = 6


@dataclass(slots=True)
class _File:
    """`rows` are the lines of `text`; `ids` holds the id of each."""

    text: str
    rows: list[str]
    ids: array[int]


@dataclass(slots=True)
class PrecedentIndex:
    """Lines that keep their ids while lines around them come and go, linked in the order of their files.

    Blank lines are passed over. At most `most_lines` are held; a file that does not fit any more is left out whole.
    """

    most_lines: int = MOST_LINES
    _texts: list[str] = field(default_factory=lambda: [""])
    _paths: list[str] = field(default_factory=lambda: [""])
    _before: array[int] = field(default_factory=lambda: array("I", [BORDER]))
    _after: array[int] = field(default_factory=lambda: array("I", [BORDER]))
    _unused: list[int] = field(default_factory=list)
    _places: dict[str, array[int] | None] = field(default_factory=dict)
    _heads: dict[str, array[int]] = field(default_factory=dict)
    _files: dict[str, _File] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._texts) - 1 - len(self._unused)

    def __contains__(self, path: str) -> bool:
        return path in self._files

    def put(self, path: str, text: str) -> bool:
        """Hold `text` as the file at `path`, in place of what it held; say whether there was room for it.

        Lines before the first change and after the last cost a comparison only.
        """
        file = self._files.get(path)
        if file is None:
            file = self._files[path] = _File("", [], array("I"))
        elif file.text == text:
            return True
        rows = text.split("\n")
        head = _common_start(file.rows, rows)
        tail = _common_end(file.rows, rows, min(len(file.rows), len(rows)) - head)
        end = len(rows) - tail
        self._remove(file.ids[head : len(file.ids) - tail])
        fresh = rows[head:end]
        has_room = len(self) + sum(not row.isspace() for row in fresh if row) <= self.most_lines
        ids = (self._add(row, path) if has_room else BORDER for row in fresh)
        file.ids[head : len(file.ids) - tail] = array("I", ids)
        file.text, file.rows = text, rows
        self._link(file.ids, head, end)
        if not has_room:
            self.drop(path)
        return has_room

    def drop(self, path: str) -> None:
        """Forget a file, if it is held."""
        file = self._files.pop(path, None)
        if file is not None:
            self._remove(file.ids)

    def text(self, line: int) -> str:
        """Return a line's text, empty at a border."""
        return self._texts[line]

    def path(self, line: int) -> str:
        """Return the path of a line's file, empty at a border."""
        return self._paths[line]

    def before(self, line: int) -> int:
        """Return the line before `line` in its file, or a border."""
        return self._before[line]

    def after(self, line: int) -> int:
        """Return the line after `line` in its file, or a border."""
        return self._after[line]

    def moved(self, lines: Iterable[int], steps: int) -> list[int]:
        """Return the lines so many steps after `lines` in their files, or before them where that is negative."""
        links = self._after if steps > 0 else self._before
        moved = list(lines)
        for _ in range(abs(steps)):
            moved = [links[line] for line in moved]
        return moved

    def row(self, line: int) -> int:
        """Return where a line stands in its file, from 0."""
        return self._files[self._paths[line]].ids.index(line)

    def rows(self, path: str) -> list[str]:
        """Return all lines of a file, blank ones included; none where the file is not held."""
        file = self._files.get(path)
        return [] if file is None else file.rows

    def line_at(self, path: str, row: int) -> int:
        """Return the line at place `row` of a file, a border where there is none or a blank one."""
        file = self._files.get(path)
        return BORDER if file is None or row >= len(file.ids) else file.ids[row]

    def places(self, word: str) -> array[int]:
        """Return the lines that hold `word`; none where it stands in too many to tell anything."""
        return self._places.get(word) or _NOWHERE

    def beginning_with(self, text: str) -> list[int]:
        """Return the lines that begin with `text`, blanks before it not counted; none for one of under 6 characters."""
        text = text.strip()
        held = self._heads.get(text[:_HEAD], _NOWHERE) if len(text) >= _HEAD else _NOWHERE
        return [line for line in held if self._texts[line].lstrip().startswith(text)]

    def weight(self, word: str) -> float:
        """Return how much a word tells: 1 where it stands nowhere, less the more lines hold it, and 0.05 at least."""
        places = self._places.get(word, _NOWHERE)
        return _LEAST_WEIGHT if places is None else _WEIGHTS[len(places)]

    def _add(self, text: str, path: str) -> int:
        if not text or text.isspace():
            return BORDER
        if self._unused:
            line = self._unused.pop()
            self._texts[line], self._paths[line] = text, path
        else:
            line = len(self._texts)
            self._texts.append(text)
            self._paths.append(path)
            self._before.append(BORDER)
            self._after.append(BORDER)
        self._heads.setdefault(_head_of(text), array("I")).append(line)
        places = self._places
        for word in words_of(text[:_LONGEST_LINE]):
            held = places.get(word, _NOWHERE)
            if held is _NOWHERE:
                places[word] = array("I", (line,))
            elif held is not None:
                held.append(line)
                if len(held) > MOST_PLACES:
                    places[word] = None
        return line

    def _remove(self, ids: array[int]) -> None:
        for line in ids:
            if line == BORDER:
                continue
            for word in words_of(self._texts[line][:_LONGEST_LINE]):
                held = self._places[word]
                if held is not None:
                    held.remove(line)
                    if not held:
                        del self._places[word]
            self._heads[_head_of(self._texts[line])].remove(line)
            self._texts[line] = self._paths[line] = ""
            self._unused.append(line)

    def _link(self, ids: array[int], start: int, end: int) -> None:
        """Link what stands in `ids[start:end]` to each other and to the lines around."""
        last = next((ids[place] for place in range(start - 1, -1, -1) if ids[place]), BORDER)
        following = next((ids[place] for place in range(end, len(ids)) if ids[place]), BORDER)
        for line in (*filter(None, ids[start:end]), following):
            if line:
                self._before[line] = last
            if last:
                self._after[last] = line
            last = line


def _head_of(text: str) -> str:
    return text.lstrip()[:_HEAD]


def _common_start(one: list[str], other: list[str]) -> int:
    """Return how many lines both begin with, by halving: comparing slices is many times faster than a loop."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_end(one: list[str], other: list[str], most: int) -> int:
    """Return how many lines both end with, at most so many."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low
