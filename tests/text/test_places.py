"""Where holes stand."""

import re

import pytest

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.text import Place, Span, marked_places, spanned_places


def test_a_marker_is_a_place_whose_text_is_empty() -> None:
    assert marked_places("a<|fill|>b\n<|fill|>") == (Place(Span(1, 9)), Place(Span(11, 19)))


def test_a_text_without_a_marker_has_no_marked_places() -> None:
    assert marked_places("a <|fil|> b") == ()


def test_spans_become_places_in_document_order_with_the_text_that_stands_there() -> None:
    assert spanned_places("abcdef", [Span(4, 4), Span(1, 3)]) == (Place(Span(1, 3), "bc"), Place(Span(4, 4)))


def test_spans_may_touch() -> None:
    assert len(spanned_places("abcdef", [Span(1, 3), Span(3, 5), Span(5, 5)])) == 3


@pytest.mark.parametrize(
    "spans",
    [
        [Span(0, 4), Span(3, 5)],
        [Span(0, 6), Span(3, 4)],
        [Span(0, 6), Span(3, 3)],
        [Span(3, 3), Span(3, 3)],
        [Span(3, 3), Span(3, 4)],
    ],
)
def test_spans_that_share_text_are_refused_with_the_place(spans: list[Span]) -> None:
    message = "two holes overlap at 2:2; name places that do not share text, or one span that covers both"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        spanned_places("a\nbcdef", spans)
