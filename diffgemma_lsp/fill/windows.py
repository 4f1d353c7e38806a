"""Tasks from long documents: what a filler sees of them."""

from __future__ import annotations

from collections.abc import Sequence

from diffgemma_lsp.fill.holes import cut_at
from diffgemma_lsp.fill.task import Piece
from diffgemma_lsp.text import Place, Span
from diffgemma_lsp.text.window import Window


def cut_window(text: str, places: Sequence[Place], window: Window, language: str = "") -> tuple[Piece, ...]:
    """Return the pieces of a task: holes at `places`, at least one, in document order, and what stands around them."""
    seen = window.around(text, Span(places[0].span.start, places[-1].span.end), language)
    return cut_at(text, places, seen)
