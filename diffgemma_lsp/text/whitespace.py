"""White space that a fill must not add: at the ends of its lines, at its own end, at the end of the file."""

from __future__ import annotations

import re

from diffgemma_lsp.text.indentation import margin_of
from diffgemma_lsp.text.long_strings import starts_in_long_string
from diffgemma_lsp.text.surroundings import Surroundings
from diffgemma_lsp.text.traced import TracedText

_LINE_END = re.compile(r"\r\n|\r")
_LINE_TAIL = re.compile(r"([ \t]*)\n")
_LINE_BREAK = re.compile(r"\S  \n")


def unify_line_ends(fill: TracedText, _: Surroundings) -> TracedText:
    r"""Write every line end as `\n`; the document gives them back the file's own."""
    for found in reversed(list(_LINE_END.finditer(fill.text))):
        fill = fill.replaced(*found.span(), "\n")
    return fill


def drop_line_tails(fill: TracedText, around: Surroundings) -> TracedText:
    """Drop white space at the ends of lines, unless it may mean something: in a long string, or as a line break."""
    if "\n" not in fill.text:
        return fill
    neighbours = (around.prefix, around.today, around.suffix)
    if any("  \n" in text and _LINE_BREAK.search(text) for text in neighbours):
        return fill
    is_text = starts_in_long_string(fill.text)
    for number, found in reversed(list(enumerate(_LINE_TAIL.finditer(fill.text), start=1))):
        if not is_text[number]:
            fill = fill.replaced(*found.span(1))
    return fill


def drop_tail(fill: TracedText, around: Surroundings) -> TracedText:
    """Drop white space at the end of a fill where a line end, the end of the file or an indentation follows.

    Blank lines that stood at the end of the hole may stand there again.
    """
    text = fill.text
    kept = text
    if around.line_after == "":
        body = text.rstrip()
        kept = body + _shared_tail(text[len(body) :], around.today) if body else ""
    elif around.line_before == "" and not around.today and margin_of(around.line_after):
        body = text.rstrip(" \t")
        kept = body if body.endswith("\n") else text
    return fill.replaced(len(kept), len(text))


def _shared_tail(tail: str, today: str) -> str:
    today_tail = today[len(today.rstrip()) :]
    return tail if tail == today_tail else "\n" * min(tail.count("\n"), today_tail.count("\n"))


def end_file_with_newline(fill: TracedText, around: Surroundings) -> TracedText:
    """Give a fill at the very end of a file the last line end that the file had."""
    is_last = around.suffix == "" and fill.text.strip() != ""
    if not is_last or not around.ends_file_with_newline or fill.text.endswith("\n"):
        return fill
    return fill.replaced(len(fill.text), len(fill.text), "\n")
