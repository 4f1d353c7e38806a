"""The smallest edits that make a change."""

from __future__ import annotations

from random import Random

import pytest

from diffgemma_lsp.text import Edit, Span, apply_edits
from diffgemma_lsp.text.smallest import smallest_edits


@pytest.mark.parametrize(
    ("old", "new", "edits"),
    [
        ("a = 1", "a = 1", []),
        ("a = 1", "a = 2", [(4, 5, "2")]),
        ("", "x", [(0, 0, "x")]),
        ("x", "", [(0, 1, "")]),
        ("a\nb\nc\n", "a\nB\nc\nd\n", [(2, 3, "B"), (6, 6, "d\n")]),
    ],
)
def test_only_what_differs_is_edited(old: str, new: str, edits: list[tuple[int, int, str]]) -> None:
    found = smallest_edits(old, Edit(Span(0, len(old)), new))
    assert [(edit.span.start, edit.span.end, edit.text) for edit in found] == edits


def test_the_edits_lead_to_the_same_text() -> None:
    random = Random(3)
    for _ in range(300):
        old, new = ("".join(random.choices("ab\n\f", k=random.randrange(30))) for _ in range(2))
        text = f"before {old} after"
        edit = Edit(Span(7, 7 + len(old)), new)
        assert apply_edits(text, list(smallest_edits(text, edit))) == apply_edits(text, [edit])
