"""Lines from elsewhere, as they would stand in a hole: indented like it, and without what stands there already."""

from __future__ import annotations

from diffgemma_lsp.text.indentation import margin_of
from diffgemma_lsp.text.precedents.around import Around


def fit(text: str, there: tuple[str, str], around: Around) -> str | None:
    """Return what the hole holds if `text` stands there; None where it does not fit what stands in the hole's lines.

    `there` are the margins of the line before `text` and of its first line, where it comes from. Before a line that
    begins right after the hole, `text` becomes lines of their own.
    """
    typed, rest = around.typed, around.rest
    before, first = there
    margin = margin_of(typed) if typed else _shifted(margin_of(next(iter(around.before), "")), before, first)
    head, *tail = text.split("\n")
    whole = "\n".join((margin + head.lstrip(), *(_shifted(line, first, margin) for line in tail))).rstrip()
    if not typed.strip() and rest.strip():
        return f"{whole[len(typed) :]}\n{typed}"
    end = len(whole) - len(rest.rstrip())
    if not whole.startswith(typed) or not whole.endswith(rest.rstrip()) or end <= len(typed):
        return None
    return whole[len(typed) : end]


def _shifted(line: str, before: str, after: str) -> str:
    """Return `line` moved as far as the margin `after` is from the margin `before`, but not beyond the first column."""
    if after.startswith(before):
        return after[len(before) :] + line
    return line[min(len(before) - len(after), len(margin_of(line))) :] if len(before) > len(after) else line
