"""Between a document's places and a task's pieces: cut a document at its holes, and put a candidate back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from diffgemma_lsp.fill.task import Hole, Piece
from diffgemma_lsp.text import Edit, Place


def cut_at(text: str, places: Iterable[Place]) -> tuple[Piece, ...]:
    """Return the pieces of a task: `text` with a hole at each of `places`, which are in document order."""
    pieces: list[Piece] = []
    done = 0
    for place in places:
        pieces += (text[done : place.span.start], Hole(place.text))
        done = place.span.end
    pieces.append(text[done:])
    return tuple(piece for piece in pieces if piece != "")


def edits_of(places: Sequence[Place], texts: Sequence[str]) -> tuple[Edit, ...]:
    """Return the edits that put `texts`, one per hole, at `places`.

    An empty text suggests nothing, so what stands in its hole stays: a fill never just deletes.
    """
    pairs = zip(places, texts, strict=True)
    return tuple(Edit(place.span, text or place.text) for place, text in pairs)
