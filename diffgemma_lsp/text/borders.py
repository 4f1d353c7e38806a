"""Where a text can be cut best: by its syntax, or by its blank lines and indentation."""

from __future__ import annotations

import re

from diffgemma_lsp.text.spans import Span
from diffgemma_lsp.text.syntax.borders import syntax_borders

_LINE = re.compile(r"(?<=\n)([ \t]*)[^\s})\]]")
_LINE_AFTER_BLANK = re.compile(r"(?<=\n)[ \t]*\n([ \t]*)[^\s})\]]")


def first_border(text: str, span: Span, language: str = "") -> int | None:
    """Return the offset in `span` at which a text that is cut off before it begins best; None where no line begins."""
    return min(_borders(text, span, language), default=None)


def last_border(text: str, span: Span, language: str = "") -> int | None:
    """Return the offset in `span` before which a text ends best; None where no line begins."""
    return max(_borders(text, span, language), default=None)


def _borders(text: str, span: Span, language: str) -> tuple[int, ...]:
    return (
        syntax_borders(text, span, language)
        or _least_indented(_LINE_AFTER_BLANK, text, span)
        or _least_indented(_LINE, text, span)
    )


def _least_indented(pattern: re.Pattern[str], text: str, span: Span) -> tuple[int, ...]:
    """Return the starts of the least indented lines in `span` that a pattern finds; lines that only close are none."""
    found = list(pattern.finditer(text, span.start, span.end))
    least = min((len(match[1]) for match in found), default=0)
    return tuple(match.start(1) for match in found if len(match[1]) == least)
