from __future__ import annotations

import pytest

from diffgemma_lsp.text.syntax.soundness import first_error


@pytest.mark.parametrize(
    ("prefix", "fill", "suffix", "language"),
    [
        ("def f():\n    return ", "g(1)", "\n", "python"),
        ("f(", "1", ")\n", "python"),
        ("x = [\n", "1,\n", "]\n", "python"),
        ("x = (((", "", "", ""),
        ("fn f() { ", "g();", " }", "rust"),
        ("def broken(:\n" + "x = 1\n" * 2000, "y = 2", "\n" + "z = 3\n" * 2000 + "def broken(:\n", "python"),
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
        ("a = 1\n", "b = 2", "\nd = = 4\n", 5),
        ("a = = 1\nb = ", "2", "\nc = 3\n", 0),
        ("f(", "", "\n", 0),
    ],
)
def test_an_error_is_an_offset_into_the_fill(prefix: str, fill: str, suffix: str, error: int) -> None:
    assert first_error(prefix, fill, suffix, "python") == error
