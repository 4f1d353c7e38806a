"""A file's habit of indenting."""

import pytest

from diffgemma_lsp.text import Indentation
from diffgemma_lsp.text.indentation import opens_block


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("", ""),
        ("a\nb\n", ""),
        ("def f():\n    return 1\n", "    "),
        ("if (x) {\n  y();\n  z();\n}\n", "  "),
        ("if (x) {\n\ty();\n\tif (z) {\n\t\tw();\n\t}\n}\n", "\t"),
        ("class A:\n    def f(self):\n        return 1\n\n    x = f(1,\n          2)\n", "    "),
        ("a:\n\tb\nc:\n    d\n        e\n        f\n", "    "),
        ("/**\n * about\n */\nfunction f() {\n  return 1\n}\n", "  "),
        ("a\n  b\nc\n    d\n", ""),
    ],
)
def test_a_unit_is_what_most_lines_agree_on(text: str, unit: str) -> None:
    assert Indentation.of(text) == Indentation(unit)


@pytest.mark.parametrize("line", ["if x:", "f = {", "foo(", "a = [", "for x in y:  # all", "if (x) { // maybe"])
def test_a_line_that_opens_a_block_is_known_by_its_last_sign(line: str) -> None:
    assert opens_block(line)


@pytest.mark.parametrize("line", ["", "x = 1", "return {}", "# note", "f()"])
def test_other_lines_open_no_block(line: str) -> None:
    assert not opens_block(line)
