"""Spans and edits."""

import pytest

from diffgemma_lsp.text import Edit, Span, apply_edits


def test_edits_are_applied_at_offsets_of_the_text_before_all_of_them() -> None:
    edits = (Edit(Span(0, 1), "xyz"), Edit(Span(3, 3), "-"), Edit(Span(4, 6), ""))
    assert apply_edits("abcdef", edits) == "xyzbc-d"


def test_no_edits_leave_the_text_alone() -> None:
    assert apply_edits("abc", ()) == "abc"


def test_a_span_that_runs_backwards_is_our_own_mistake() -> None:
    with pytest.raises(AssertionError, match="5 to 3"):
        Span(5, 3)


def test_edits_out_of_order_are_our_own_mistake() -> None:
    with pytest.raises(AssertionError):
        apply_edits("abcdef", (Edit(Span(3, 4), ""), Edit(Span(0, 1), "")))
