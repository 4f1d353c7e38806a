"""Between a document's places and a task's pieces: cut a document at its holes, and put a candidate back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from diffgemma_lsp.fill.task import Hole, Piece
from diffgemma_lsp.text import Edit, Place, Span


def cut_at(text: str, places: Iterable[Place], seen: Span | None = None) -> tuple[Piece, ...]:
    """Return the pieces of a task: `text` with a hole at each of `places`, which are in document order.

    `seen` is the part of the text that the task shows, all of it where it is left out; the places lie in it.
    """
    start, end = (0, len(text)) if seen is None else (seen.start, seen.end)
    pieces: list[Piece] = []
    given = ""
    for place in places:
        pieces += (given + text[start : place.span.start] + place.before, Hole(place.text))
        start, given = place.span.end, place.after
    pieces.append(given + text[start:end])
    return tuple(piece for piece in pieces if piece != "")


def edits_of(places: Sequence[Place], texts: Sequence[str]) -> tuple[Edit, ...]:
    """Return the edits that put `texts`, one per hole, at `places`.

    An empty text suggests nothing, so what stands in its hole stays: a fill never just deletes. A fill ends where it
    begins to write what is written after it anyway, such as closing quotes.
    """
    return tuple(_edit(place, text) for place, text in zip(places, texts, strict=True))


def _edit(place: Place, text: str) -> Edit:
    if not (place.before or place.after):
        return Edit(place.span, text or place.text)
    if closing := place.after.strip():
        text = text.partition(closing)[0].rstrip()
    if not text:
        return Edit(Span(place.span.start, place.span.start), "")
    return Edit(place.span, f"{place.before}{text}{place.after}")
