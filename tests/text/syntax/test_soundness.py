from __future__ import annotations

import pytest

from diffgemma_lsp.text.syntax.soundness import parses


@pytest.mark.parametrize(
    ("prefix", "fill", "suffix", "language", "is_sound"),
    [
        ("def f():\n    return ", "g(1)", "\n", "python", True),
        ("def f():\n    return ", "g(1", "\n", "python", False),
        ("f(", "1", ")\n", "python", True),
        ("x = [\n", "1,\n", "]\n", "python", True),
        ("x = (((", "", "", "", True),
        ("fn f() { ", "g();", " }", "rust", True),
        ("def broken(:\n" + "x = 1\n" * 2000, "y = 2", "\n" + "z = 3\n" * 2000 + "def broken(:\n", "python", True),
        ("x = 1\n" * 2000, "y = (", "\n" + "z = 3\n" * 2000, "python", False),
    ],
)
def test_code_near_a_fill_parses_or_not(prefix: str, fill: str, suffix: str, language: str, is_sound: bool) -> None:
    assert parses(prefix, fill, suffix, language) is is_sound
