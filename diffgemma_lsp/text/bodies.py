"""Where code is still to be written: a line that only holds its place, or a body that is empty."""

from __future__ import annotations

import re

from diffgemma_lsp.text.places import Place
from diffgemma_lsp.text.spans import Span
from diffgemma_lsp.text.syntax.bodies import empty_body_at

_PLACEHOLDER = re.compile(
    r"[ \t]*(?P<code>pass|\.\.\.|raise NotImplementedError(?:\([^()]*\))?|todo!\(\)|unimplemented!\(\)"
    r"|(?:#|//|--)[ \t]*TODO\b.*)[ \t]*;?[ \t]*"
)


def body_at(text: str, offset: int, language: str) -> Place | None:
    """Return the place of the code that is to be written at `offset`; None where there is none.

    It is a placeholder on this line, or the body of what encloses the offset, if that holds nothing, or only
    placeholders and perhaps a docstring.
    """
    if span := placeholder_at(text, offset):
        return Place(span, text[span.start : span.end])
    return empty_body_at(text, offset, language, is_placeholder)


def placeholder_at(text: str, offset: int) -> Span | None:
    """Return the span of the placeholder on the line of `offset`, without its indentation; None where there is none.

    A placeholder is `pass`, `...`, a not-implemented error or a comment that says TODO, alone on its line.
    """
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    line = text[start : len(text) if end < 0 else end]
    found = _PLACEHOLDER.fullmatch(line)
    return Span(start + found.start("code"), start + len(line)) if found else None


def is_placeholder(code: str) -> bool:
    """Say whether code is blank, or nothing but placeholders on lines of their own."""
    return all(_PLACEHOLDER.fullmatch(line) for line in code.split("\n") if line.strip())
