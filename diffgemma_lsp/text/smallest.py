"""The smallest edits that turn one text into another, so that cursors, folds and marks elsewhere stay."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import takewhile

from diffgemma_lsp.text.spans import Edit, Span


def smallest_edits(text: str, edit: Edit) -> Iterator[Edit]:
    """Yield what `edit` really changes in `text`, in document order: line by line, then without common ends."""
    old = text[edit.span.start : edit.span.end].splitlines(keepends=True)
    new = edit.text.splitlines(keepends=True)
    offsets = [edit.span.start]
    for line in old:
        offsets.append(offsets[-1] + len(line))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            span = Span(offsets[old_start], offsets[old_end])
            yield _without_common_ends(text, Edit(span, "".join(new[new_start:new_end])))


def _without_common_ends(text: str, edit: Edit) -> Edit:
    old, new = text[edit.span.start : edit.span.end], edit.text
    head = _common_length(old, new)
    tail = _common_length(old[head:][::-1], new[head:][::-1])
    return Edit(Span(edit.span.start + head, edit.span.end - tail), new[head : len(new) - tail])


def _common_length(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
