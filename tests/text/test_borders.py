"""Where a text is cut that has no syntax tree."""

from __future__ import annotations

import pytest

from diffgemma_lsp.text import Span
from diffgemma_lsp.text.borders import first_border, last_border


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("sub a\n\nsub b\nend\n\nsub c\n", "sub b", "sub c"),
        ("sub a\n  x\n  y\nsub b\n  z\n", "sub b", "sub b"),
        ("one\n  x\n\n  y\ntwo\n  z\n", "  y", "  y"),
        ("f {\n  a\n}\n  b\n  c\n", "  a", "  c"),
        ("a\n \t\n\tb\n \n\tc\n", "\tb", "\tc"),
        ("a\n\n\n\nb\n", "b", "b"),
        ("é\n\n😀 = 1\n", "😀", "😀"),
    ],
)
def test_the_least_indented_line_after_a_blank_one_is_best(text: str, first: str, last: str) -> None:
    span = Span(0, len(text))
    borders = (first_border(text, span), last_border(text, span))
    for border, name in zip(borders, (first, last), strict=True):
        assert border is not None
        assert text[border:].startswith(name)
        assert text[border - 1] == "\n"


@pytest.mark.parametrize("text", ["", "abc", "\n", "\n\n  \n", "a\n}\n", "x" * 100])
def test_where_no_line_begins_there_is_no_border(text: str) -> None:
    assert first_border(text, Span(0, len(text))) is None
    assert last_border(text, Span(0, len(text))) is None


def test_only_the_span_counts() -> None:
    text = "a\n\nb\n\nc\n\nd\n"
    assert first_border(text, Span(4, 8)) == text.index("c")
    assert first_border(text, Span(4, 6)) is None


def test_the_line_at_which_the_span_begins_counts() -> None:
    text = "a = 1\nb = 2\n"
    assert first_border(text, Span(6, len(text))) == 6


@pytest.mark.parametrize("language", ["python", "rust", "lua"])
def test_a_tree_in_which_nothing_begins_falls_back_to_the_lines(language: str) -> None:
    text = {
        "python": 'x = """\nlong\n\ntext\n"""\n',
        "rust": "/*\nlong\n\ntext\n*/\n",
        "lua": "--[[\nlong\n\ntext\n]]\n",
    }[language]
    assert first_border(text, Span(1, len(text)), language) == text.index("text")
