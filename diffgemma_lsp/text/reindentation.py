"""Bring the indentation of a fill's lines into the style of the file."""

from __future__ import annotations

import re
from collections.abc import Callable

from diffgemma_lsp.text.brackets import depths
from diffgemma_lsp.text.indentation import margin_of, opens_block
from diffgemma_lsp.text.long_strings import starts_in_long_string
from diffgemma_lsp.text.surroundings import Surroundings
from diffgemma_lsp.text.traced import TracedText

_OPENS_BODY = re.compile(r"[:{]\s*(?:#.*|//.*)?$")
_LIKELY_WIDTHS = (4, 2, 3, 8)


def follow_indentation(fill: TracedText, around: Surroundings) -> TracedText:
    """Indent a fill's lines in the file's unit: tabs or spaces always, the width where the fill shows its own.

    What stands before the hole in its first line is the user's and stays, and so does what a long string holds.
    """
    if around.line_before and "\n" not in fill.text:
        return fill
    unit = around.indentation.unit
    if not unit:
        return fill
    lines = fill.text.split("\n")
    is_text = starts_in_long_string(fill.text, around.prefix)
    whole = [around.line_before + lines[0], *lines[1:]]
    whole = [line for line, is_kept in zip(whole, is_text, strict=True) if line.strip() and not is_kept]
    rewrite = _to_tabs(whole) if unit == "\t" else _to_spaces(whole, unit, around)
    start = 0
    for number, is_kept in enumerate(is_text):
        end = start + len(margin_of(fill.text[start:]))
        # An empty line has no indentation, and one that goes on in the suffix has it there.
        has_own = (fill.text[end:] + around.suffix)[:1] not in ("", "\n", " ", "\t")
        if not is_kept and has_own and (number or around.line_before == ""):
            fill = fill.replaced(start, end, rewrite(fill.text[start:end]))
        start = fill.text.find("\n", start) + 1 or len(fill.text)
    return fill


def _to_tabs(whole: list[str]) -> Callable[[str], str]:
    width = _width_by_level(whole) or _width_by_division(whole)

    def rewrite(margin: str) -> str:
        levels, rest = divmod(margin.count(" "), width)
        return "\t" * (margin.count("\t") + levels) + " " * rest

    return rewrite


def _width_by_level(whole: list[str]) -> int | None:
    """Return the spaces in a level of a fill that starts at so many tabs and goes on in spaces."""
    if len(whole) < 2:
        return None
    level = len(margin_of(whole[0])) + opens_block(whole[0])
    spaces = margin_of(whole[1]).count(" ")
    if " " in margin_of(whole[0]) or level == 0 or spaces < 2 * level:
        return None
    return spaces // level


def _width_by_division(whole: list[str]) -> int:
    margins = [margin_of(line).count(" ") for line in whole]
    fits = (width for width in _LIKELY_WIDTHS if all(margin % width == 0 for margin in margins))
    return next(fits, _LIKELY_WIDTHS[0])


def _to_spaces(whole: list[str], unit: str, around: Surroundings) -> Callable[[str], str]:
    base = len(margin_of(whole[0])) if whole else 0
    step = _own_step(whole, base)
    start = _first_margin(base, unit, around)

    def rewrite(margin: str) -> str:
        if "\t" in margin:
            return margin.replace("\t", unit)
        deeper = len(margin) - base
        if deeper < 0:
            return margin
        return start + (unit * (deeper // step) if step else " " * deeper)

    return rewrite


def _first_margin(width: int, unit: str, around: Surroundings) -> str:
    """Return the margin of a fill that starts at `width` spaces: whole units, unless something explains the odd ones.

    A line before or after the hole explains them, and so does an open bracket: what it holds may be aligned to it.
    """
    before, after = around.prefix.rstrip().rpartition("\n")[2], around.suffix.lstrip("\n").partition("\n")[0]
    is_explained = (
        around.line_before != ""
        or width in (len(margin_of(before)), len(margin_of(after)))
        or any(depth > 0 for depth in depths(around.prefix)[:2])
    )
    return " " * width if is_explained else unit * round(width / len(unit))


def _own_step(whole: list[str], base: int) -> int | None:
    """Return the width of a fill's own levels, if all its lines agree on it."""
    widths = [len(margin_of(line)) for line in whole]
    steps = {
        after - before
        for line, before, after in zip(whole, widths, widths[1:], strict=False)
        if _OPENS_BODY.search(line) and after > before
    }
    if len(steps) != 1:
        return None
    step = steps.pop()
    return (
        step if step in _LIKELY_WIDTHS and all((width - base) % step == 0 for width in widths if width > base) else None
    )
