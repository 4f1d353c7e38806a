"""Tasks from long documents."""

from __future__ import annotations

from diffgemma_lsp.fill import Hole
from diffgemma_lsp.fill.windows import cut_window
from diffgemma_lsp.text import Place, Span
from diffgemma_lsp.text.window import Window

LINES = [f"line {number:03}\n" for number in range(100)]
TEXT = "".join(LINES)


def test_a_short_document_is_cut_at_its_holes() -> None:
    places = [Place(Span(0, 4), "line"), Place(Span(9, 9))]
    assert cut_window(TEXT, places, Window()) == (Hole("line"), " 000\n", Hole(), TEXT[9:])


def test_a_long_one_is_seen_around_them() -> None:
    places = [Place(Span(450, 459), LINES[50]), Place(Span(540, 540))]
    pieces = cut_window(TEXT, places, Window(before=18, after=18, step=9))
    assert pieces == ("".join(LINES[48:50]), Hole(LINES[50]), "".join(LINES[51:60]), Hole(), LINES[60])


def test_a_long_one_in_a_language_with_a_grammar_is_cut_between_definitions() -> None:
    text = "".join(f"def f{number}():\n    return [\n{number}\n    ]\n" for number in range(100))
    place = text.index("return", 1000)
    pieces = cut_window(text, [Place(Span(place, place))], Window(before=300, after=300, step=100), "python")
    before, _, after = pieces
    assert isinstance(before, str)
    assert isinstance(after, str)
    assert before.startswith("def f")
    assert text[place + len(after) :].startswith("def f")
