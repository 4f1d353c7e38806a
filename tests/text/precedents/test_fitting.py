from __future__ import annotations

import pytest

from diffgemma_lsp.text.precedents.around import Around
from diffgemma_lsp.text.precedents.fitting import fit

BODY = "    if a:\n        b()"


@pytest.mark.parametrize(
    ("text", "margins", "prefix", "suffix", "fitted"),
    [
        (BODY, ("    ", "    "), "def f():\n        x\n        ", "\n", "if a:\n            b()"),
        (BODY, ("    ", "    "), "x\n", "\n", "if a:\n    b()"),
        ("        return 1", ("    ", "        "), "if a:\n", "\n", "    return 1"),
        ("x", ("        ", ""), "    y\n", "\n", "x"),
        ("    foo(a)", ("", "    "), "x\n  fo", ")\n", "o(a"),
        ("    foo(a)", ("", "    "), "x\n  fo", "]\n", None),
        ("    foo(a)", ("", "    "), "x\n  bar", "\n", None),
        ("    foo(a)", ("", "    "), "x\n  foo(a)", "\n", None),
        ("    foo()\n\n    bar()", ("", "    "), "  ", "\n", "foo()\n\n  bar()"),
        ("    foo()", ("", "    "), "x\n  ", "bar()\n", "foo()\n  "),
    ],
)
def test_text_takes_the_indentation_and_the_room_of_the_hole(
    text: str, margins: tuple[str, str], prefix: str, suffix: str, fitted: str | None
) -> None:
    assert fit(text, margins, Around.of(prefix, suffix)) == fitted
