"""Where the holes of a document stand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.text.positions import LineIndex
from diffgemma_lsp.text.spans import Span

MARKER = "<|fill|>"


@dataclass(frozen=True, slots=True)
class Place:
    """A hole of a document: a fill replaces `span`; `text` is what a filler sees there.

    The two differ at a marker, which is replaced but not part of the text. `before` and `after` are written with the
    fill, around it: quotes of a docstring, an indentation. A filler sees them as text of the document.
    """

    span: Span
    text: str = ""
    before: str = ""
    after: str = ""


def marked_places(text: str) -> tuple[Place, ...]:
    """Return one place for each marker in `text`, in order."""
    return tuple(Place(Span(*found.span())) for found in re.finditer(re.escape(MARKER), text))


def spanned_places(text: str, spans: Iterable[Span]) -> tuple[Place, ...]:
    """Return one place for each span, in document order. Raises InputError where two of them meet in a character."""
    ordered = sorted(spans)
    for one, other in pairwise(ordered):
        if other.start < one.end or other.start == one.start:
            index = LineIndex.of(text)
            raise InputError(
                f"two holes overlap at {index.position(other.start)}; name places that do not share text, "
                "or one span that covers both"
            )
    return tuple(Place(span, text[span.start : span.end]) for span in ordered)
