"""From a place in a document to its precedents."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import nlargest

from diffgemma_lsp.text.indentation import margin_of
from diffgemma_lsp.text.places import MARKER
from diffgemma_lsp.text.precedents.analogy import carry_over
from diffgemma_lsp.text.precedents.around import LINES, Around
from diffgemma_lsp.text.precedents.between import find_between
from diffgemma_lsp.text.precedents.fitting import fit
from diffgemma_lsp.text.precedents.gaps import Gap, Hole, find_gaps
from diffgemma_lsp.text.precedents.index import BORDER, PrecedentIndex
from diffgemma_lsp.text.precedents.precedent import Precedent

MOST_BY_LINES, MOST_BY_CHARACTERS = 8, 4
# A gap of more lines is right less often: what this many points of likeness are worth is taken off for each.
_LINE_COSTS = 0.15
# What it is worth that every line which begins with what is typed goes on like this.
_TYPED = 1.0
# So many gaps are turned into texts.
_READ = 20
# What a text gains for each doubling of the gaps that hold it.
_AGREEMENT = 0.1
# Below this, lines are alike by chance.
_LEAST = 0.1
# What stands before tells a little more than what stands after.
_BEFORE, _AFTER = 1.2, 0.8


def find_precedents(index: PrecedentIndex, path: str, prefix: str, suffix: str) -> tuple[Precedent, ...]:
    """Return the different precedents of the hole between `prefix` and `suffix`.

    First those that lines around them tell, the most alike first; then what only the characters next to the hole tell.
    `path` is the document's; where the index holds it, it holds it without what stands in the hole. Each text goes on
    from what is typed in the hole's line and ends before what follows in it. What is to be filled elsewhere is none.
    """
    between = {each.text: each for each in find_between(prefix, suffix) if MARKER not in each.text}
    found = [
        replace(precedent, context=same.context) if (same := between.pop(precedent.text, None)) else precedent
        for precedent in _by_lines(index, path, prefix, suffix)
    ]
    document = prefix + suffix
    others = nlargest(MOST_BY_CHARACTERS, between.values(), key=lambda each: each.context)
    found += [
        Precedent(each.text, 0.0, path, document.count("\n", 0, each.offset) + 1, each.context) for each in others
    ]
    return tuple(found)


def _by_lines(index: PrecedentIndex, path: str, prefix: str, suffix: str) -> list[Precedent]:
    around = Around.of(prefix, suffix)
    hole = _hole_in(index, path, prefix.count("\n"))
    holders: dict[str, list[Gap]] = {}
    for gap in nlargest(_READ, find_gaps(index, around, hole), key=_score):
        if _score(gap) < _LEAST:
            break
        for text in dict.fromkeys(_texts(index, gap, around)):
            holders.setdefault(text, []).append(gap)
    found = (_precedent(index, text, gaps) for text, gaps in holders.items() if text and MARKER not in text)
    return nlargest(MOST_BY_LINES, found, key=lambda precedent: precedent.score)


def _precedent(index: PrecedentIndex, text: str, gaps: Sequence[Gap]) -> Precedent:
    """Return the precedent of a text that stands in `gaps`, the best first."""
    start = gaps[0].lines[0]
    score = _score(gaps[0]) + _AGREEMENT * math.log2(len(gaps))
    return Precedent(text, score, index.path(start), index.row(start) + 1)


def _score(gap: Gap) -> float:
    return _BEFORE * gap.before + _AFTER * gap.after - _LINE_COSTS * (len(gap.lines) - 1) + _TYPED * gap.typed


def _hole_in(index: PrecedentIndex, path: str, row: int) -> Hole:
    """Return the lines at row `row` of a file, where the index holds it."""
    rows = range(len(index.rows(path)))
    at = next((line for place in rows[row:] if (line := index.line_at(path, place))), BORDER)
    last = next((line for place in reversed(rows[:row]) if (line := index.line_at(path, place))), BORDER)
    above = [last]
    below = [at if index.line_at(path, row) == BORDER else index.after(at)]
    for _ in range(LINES - 1):
        above.append(index.before(above[-1]))
        below.append(index.after(below[-1]))
    return Hole(at, tuple(above), tuple(below))


def _texts(index: PrecedentIndex, gap: Gap, around: Around) -> Iterator[str]:
    """Yield what a gap would put into the hole: with the names of this place, and with its own."""
    first, last = index.row(gap.lines[0]), index.row(gap.lines[-1])
    rows = index.rows(index.path(gap.lines[0]))[first : last + 1]
    there = _margin_before(index, gap), margin_of(rows[0])
    own = "\n".join(rows)
    for text in (carry_over(own, _pairs(index, gap, around, rows[0])), own):
        if (fitted := fit(text, there, around)) is not None:
            yield fitted


def _margin_before(index: PrecedentIndex, gap: Gap) -> str:
    return margin_of(index.text(index.before(gap.lines[0])))


def _pairs(index: PrecedentIndex, gap: Gap, around: Around, first: str) -> Iterator[tuple[str, str]]:
    """Yield the lines that correspond: those around the gap and those around the hole, and what is typed."""
    if around.typed.strip():
        yield first.strip()[: len(around.typed.strip())], around.typed
    place = index.before(gap.lines[0])
    for line in around.before:
        if place == BORDER:
            break
        yield index.text(place), line
        place = index.before(place)
    place = index.after(gap.lines[-1])
    for line in around.after:
        if place == BORDER:
            break
        yield index.text(place), line
        place = index.after(place)
