"""What of a long document is sent."""

from __future__ import annotations

import pytest

from diffgemma_lsp.text import Span
from diffgemma_lsp.text.window import Window

TEXT = "".join(f"line {number}\n" for number in range(1000))
WINDOW = Window(before=500, after=300, step=100)
FUNCTIONS = "".join(f"def f{number}():\n    a = 1\n\n    return a\n\n\n" for number in range(100))


def test_a_short_document_is_seen_whole() -> None:
    assert Window().around(TEXT, Span(10, 20)) == Span(0, len(TEXT))


def test_a_long_one_is_cut_at_line_borders_within_the_bounds() -> None:
    for offset in range(0, len(TEXT), 37):
        seen = WINDOW.around(TEXT, Span(offset, offset))
        assert seen.start <= offset <= seen.end
        assert offset - seen.start <= WINDOW.before
        assert seen.end - offset <= WINDOW.after
        assert seen.start == 0 or TEXT[seen.start - 1] == "\n"
        assert seen.end in (offset, len(TEXT)) or TEXT[seen.end - 1] == "\n"


def test_what_is_kept_falls_short_of_the_bounds_by_some_steps_at_most() -> None:
    for offset in range(0, len(TEXT), 37):
        seen = WINDOW.around(TEXT, Span(offset, offset))
        assert seen.start == 0 or offset - seen.start >= WINDOW.before - 2 * WINDOW.step
        assert seen.end == len(TEXT) or seen.end - offset >= WINDOW.after - WINDOW.step


@pytest.mark.parametrize("language", ["python", "", "cobol"])
def test_no_definition_is_cut(language: str) -> None:
    for offset in range(1000, len(FUNCTIONS) - 1000, 41):
        seen = WINDOW.around(FUNCTIONS, Span(offset, offset), language)
        assert FUNCTIONS[seen.start :].startswith("def f")
        assert FUNCTIONS[seen.end :].startswith("def f")


def test_the_start_stays_while_its_line_is_typed() -> None:
    starts = {WINDOW.around(TEXT, Span(offset, offset)).start for offset in range(5000, 5060)}
    assert len(starts) <= 2


def test_a_line_longer_than_the_window_is_cut_inside() -> None:
    seen = WINDOW.around("x" * 5000, Span(2500, 2500))
    assert 2000 <= seen.start <= 2500
    assert 2500 < seen.end <= 2800
