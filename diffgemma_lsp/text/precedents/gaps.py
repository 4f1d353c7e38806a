"""Where in a repository the lines around a hole look like those around this one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import count

from diffgemma_lsp.text.precedents.around import Around
from diffgemma_lsp.text.precedents.index import BORDER, PrecedentIndex
from diffgemma_lsp.text.precedents.likeness import NEARNESS, Likeness
from diffgemma_lsp.text.precedents.typed import Typed
from diffgemma_lsp.text.precedents.words import words_of

LONGEST = 6
"""Lines of the longest precedent."""
_STARTS = 16


@dataclass(frozen=True, slots=True)
class Gap:
    """The lines `lines` of one file, which stand where the hole would stand there.

    `before` and `after` say how much the lines around resemble those around the hole, each from 0 to 1. `typed` is the
    share of the lines that begin with what is typed which are like the first line, 0 where nothing much is typed.
    """

    lines: tuple[int, ...]
    before: float
    after: float
    typed: float = 0.0


@dataclass(frozen=True, slots=True)
class Hole:
    """Where the hole itself stands in the index, borders where it does not.

    `line` is the line with the hole in it, or the next; `before` and `after` are the `LINES` around it, the nearest
    first.
    """

    line: int
    before: tuple[int, ...]
    after: tuple[int, ...]


def find_gaps(index: PrecedentIndex, around: Around, hole: Hole) -> list[Gap]:
    """Return gaps of one line and more, in no order; none of them holds the hole's own line.

    1. Every line that shares a telling word with a line near the hole votes for the start that this would mean.
    2. The starts with most votes are compared word by word, and those that go on from what is typed.
    3. From each, the gap ends where what follows looks most like what follows the hole, and after one line.
    """
    starts, ends = _votes(index, around, hole)
    votes = starts.copy()
    for place, weight in zip(index.moved(ends, -1), ends.values(), strict=True):
        votes[place] += weight
    for place in (BORDER, hole.line):
        votes.pop(place, None)
    typed = Typed.of(index, around.typed, hole.line)
    before = Likeness.of(index, around.before, index.before, hole.before)
    after = Likeness.of(index, around.after, index.after, hole.after)
    gaps: list[Gap] = []
    for start in dict.fromkeys((*nlargest(_STARTS, votes, key=votes.__getitem__), *typed.best(votes))):
        likeness = before.at(index.before(start))
        lines = _lines_from(index, start, hole.line)
        longer = max(range(1, len(lines)), key=lambda last: ends.get(index.after(lines[last]), 0.0), default=0)
        gaps += [
            Gap(tuple(lines[: last + 1]), likeness, after.at(index.after(lines[last])), typed.share(index.text(start)))
            for last in {0, longer}
        ]
    return gaps


def _lines_from(index: PrecedentIndex, start: int, own: int) -> list[int]:
    lines: list[int] = []
    while start not in {BORDER, own} and len(lines) < LONGEST:
        lines.append(start)
        start = index.after(start)
    return lines


def _votes(index: PrecedentIndex, around: Around, hole: Hole) -> tuple[dict[int, float], dict[int, float]]:
    """Return how much speaks for each line as the first of the gap, and as the first after it."""
    starts: dict[int, float] = defaultdict(float)
    ends: dict[int, float] = defaultdict(float)
    # How many steps lead from lines like each of these to the one that they speak for.
    sides: tuple[tuple[Sequence[str], Sequence[int], Iterable[int], dict[int, float]], ...] = (
        (around.before, hole.before, count(1), starts),
        (around.after, hole.after, count(0, -1), ends),
        ((around.typed,), (hole.line,), count(0), starts),
    )
    for lines, own, steps, votes in sides:
        part = 1.0
        for line, itself, distance in zip(lines, own, steps, strict=False):
            near = _holders(index, line, part)
            near.pop(itself, None)
            for place, weight in zip(index.moved(near, distance), near.values(), strict=True):
                votes[place] += weight
            part *= NEARNESS
    return starts, ends


def _holders(index: PrecedentIndex, text: str, part: float) -> dict[int, float]:
    """Return the lines that share a word with `text`, with `part` of what the words tell."""
    near: dict[int, float] = defaultdict(float)
    for word in words_of(text):
        weight = part * index.weight(word)
        for place in index.places(word):
            near[place] += weight
    return near
