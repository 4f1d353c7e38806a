"""Places as a command line names them; what cannot be used is in test_bad_input."""

import pytest

from diffgemma_lsp.cli.places import find_places
from diffgemma_lsp.text import Place, Span

TEXT = "ab\ncdé\n\nf"


@pytest.mark.parametrize(
    ("at", "lines", "spans", "places"),
    [
        (["1:1"], [], [], [Place(Span(0, 0))]),
        (["2:4"], [], [], [Place(Span(6, 6))]),
        ([], ["2"], [], [Place(Span(3, 6), "cdé")]),
        ([], ["1-3"], [], [Place(Span(0, 7), "ab\ncdé\n")]),
        ([], ["4"], [], [Place(Span(8, 9), "f")]),
        ([], ["3-3"], [], [Place(Span(7, 7))]),
        ([], [], ["1:2-2:2"], [Place(Span(1, 4), "b\nc")]),
        ([], [], ["2:2-2:2"], [Place(Span(4, 4))]),
        (["4:2", "1:1"], ["2"], [], [Place(Span(0, 0)), Place(Span(3, 6), "cdé"), Place(Span(9, 9))]),
    ],
)
def test_named_places_come_in_document_order(
    at: list[str], lines: list[str], spans: list[str], places: list[Place]
) -> None:
    assert list(find_places(TEXT, "file", at, lines, spans)) == places


def test_markers_are_found() -> None:
    assert find_places("a<|fill|>", "file", [], [], []) == (Place(Span(1, 9)),)
