"""Whether a line only holds the place of code that is still to be written."""

from __future__ import annotations

import re

from diffgemma_lsp.text.spans import Span

_PLACEHOLDER = re.compile(
    r"[ \t]*(?P<code>pass|\.\.\.|raise NotImplementedError(?:\([^()]*\))?|todo!\(\)|unimplemented!\(\)"
    r"|(?:#|//|--)[ \t]*TODO\b.*)[ \t]*;?[ \t]*"
)


def placeholder_at(text: str, offset: int) -> Span | None:
    """Return the span of the placeholder on the line of `offset`, without its indentation; None where there is none.

    A placeholder is `pass`, `...`, a not-implemented error or a comment that says TODO, alone on its line.
    """
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    line = text[start : len(text) if end < 0 else end]
    found = _PLACEHOLDER.fullmatch(line)
    return Span(start + found.start("code"), start + len(line)) if found else None
