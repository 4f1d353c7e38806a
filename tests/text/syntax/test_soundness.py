from __future__ import annotations

import pytest

from diffgemma_lsp.text.syntax.grammars import parse
from diffgemma_lsp.text.syntax.soundness import Soundness


def first_error(prefix: str, fill: str, suffix: str, language: str) -> int | None:
    return Soundness(prefix, suffix, language).first_error(fill)


@pytest.mark.parametrize(
    ("prefix", "fill", "suffix", "language"),
    [
        ("def f():\n    return ", "g(1)", "\n", "python"),
        ("f(", "1", ")\n", "python"),
        ("x = [\n", "1,\n", "]\n", "python"),
        ("x = (((", "", "", ""),
        ("fn f() { ", "g();", " }", "rust"),
        ("def broken(:\n" + "x = 1\n" * 2000, "y = 2", "\n" + "z = 3\n" * 2000 + "def broken(:\n", "python"),
        ("a = = 1\n\n\ndef f():\n    b = ", "f(2)", "\n    return b\n\n\nd = = 4\n", "python"),
    ],
)
def test_code_near_a_fill_parses(prefix: str, fill: str, suffix: str, language: str) -> None:
    assert first_error(prefix, fill, suffix, language) is None


@pytest.mark.parametrize(
    ("prefix", "fill", "suffix", "error"),
    [
        ("if ", "a b", ":\n    pass\n", 2),
        ("if '€' ", "'é€😀' $ 1", ":\n    pass\n", 6),
        ("if '€' == ", "'é€😀' b", ":\n    pass\n", 6),
        ("a = 1\n", "b = 2\nc = = 3", "\nd = 4\n", 10),
        ("x = 1\n" * 2000, "if y z:\n    pass", "\n" + "z = 3\n" * 2000, 5),
        ("a = = 1\n", "if b c:\n    pass", "\nd = = 4\n", 5),
        ("if ", "b", " c:\n    pass\n", 1),
        ("a = (1,\nb = ", "2", "\nc = 3\n", 0),
        ("f(", "", "\n", 0),
        ("import a\n", "", "\n\n\nb = = 1\n", 0),
    ],
)
def test_an_error_is_an_offset_into_the_fill(prefix: str, fill: str, suffix: str, error: int) -> None:
    assert first_error(prefix, fill, suffix, "python") == error


def test_a_document_that_is_read_on_is_as_one_that_is_read_anew() -> None:
    text = (
        "import a\n\n\nclass Ü:\n    def f(self):\n        return ['€'] + g(\n            2\n        )\n\n    b = 2\n"
    )
    fills = ("", "x", "\n", "(", ")", "'", '"""', "\n    pass\n", "€ = 1\n", "def h():\n")
    errors = 0
    for place in range(len(text) + 1):
        prefix, suffix = text[:place], text[place:]
        document = Soundness(prefix, suffix, "python")
        for fill in fills:
            root = parse((prefix + fill + suffix).encode(), "python").root_node
            assert (document.first_error(fill) is not None) is root.has_error
            errors += root.has_error
    assert 100 < errors < len(fills) * len(text) - 100


def test_long_classes_parse_as_short_ones_do() -> None:
    method = "    @staticmethod\n    def f(a):\n        return a\n\n"
    document = Soundness("class A:\n" + method * 300 + "    b = ", "\n" + method * 300, "python")
    assert document.first_error("1") is None
    assert document.first_error("= 1") is not None


def test_what_is_far_too_long_parses() -> None:
    assert Soundness("x = 1\n" * 40_000, "\n", "python").first_error("y = (") is None
