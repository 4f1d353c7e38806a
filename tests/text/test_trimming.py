"""From what a model wrote to what may stand in the file. `▮` is the hole."""

from __future__ import annotations

import pytest

from diffgemma_lsp.fill.fake_answers import split_tokens
from diffgemma_lsp.text import Indentation, Surroundings, TokenPart, trim

PYTHON = "def f(a, b):\n    x = 1\n    ▮\n    return x\n\n\ndef g():\n    pass\n"
CALL = "def f(a, b):\n    return g(▮)\n"
BRACES = "function f(a) {\n  if (a) {\n    ▮\n  }\n  return a;\n}\n"
TABS = "func f(a int) int {\n\tif a > 0 {\n\t\t▮\n\t}\n\treturn a\n}\n"


def trimmed(document: str, fill: str, today: str = "", has_final_newline: bool | None = None) -> str:
    prefix, suffix = document.split("▮")
    ends = document.endswith("\n") if has_final_newline is None else has_final_newline
    around = Surroundings(prefix, suffix, today, prefix + suffix, ends)
    return "".join(part.text for part in trim(split_tokens(fill), around))


@pytest.mark.parametrize(
    ("document", "fill"),
    [
        (PYTHON, "y = 2"),
        (PYTHON, "if x:\n        return x\n    y = 2"),
        (PYTHON, "for i in a:\n        x += i\n        return x"),
        (PYTHON, "x = (a +\n         b)"),
        (PYTHON, 'y = """\n  two   \n      six\n"""'),
        (CALL, "a, b"),
        (CALL, "h(a)"),
        (CALL, "g(a)"),
        ("foo(▮\n", "foo(1))"),
        ("foo(▮)\n", "foo(1)"),
        ("x = f(▮\n", "a)"),
        ("x = f(▮, b)\n", "g(a, b)"),
        ("x = f(▮, b)\n", "a, b"),
        ("    x = (foo\n    ▮\n    )\n", "    .bar()"),
        ("def f(self):\n    ▮self.x = 2\n", "assert self.x\n    "),
        (PYTHON, 'y = """\n\tone\n"""'),
        ("if x:\n    y =▮\n    z = 1\n", "\t1"),
        ("if x:\n    if y:\n    ▮    b\n", "    c\n    "),
        ("x = [▮]\n", "[1], [2]"),
        ("items = [\n    None,\n    ▮\n    None,\n]\n", "1,"),
        ("names = {▮}\n", "'a': {'b': {}}"),
        (BRACES, "b();"),
        (BRACES, "if (b) {\n      c();\n    }"),
        (BRACES, "a = {};\n    b = { c: {} };"),
        ("foo(function () {\n  ▮\n});\n", "bar(function () {\n    x();\n  });"),
        (TABS, "a++\n\t\tfor a > 9 {\n\t\t\ta--\n\t\t}"),
        ("if x:\n    ▮\n", "    y = 1"),
        ("x = ▮ + b\n", "a"),
        ("x = a[▮:b]\n", ":"),
        ("f(▮, a)\n", "*,"),
        ("if x:\n    ▮\n", "    if y:\n            z = 1"),
        ("if x:\n    ▮\n", "    if y:"),
        ("    return ▮\n", "returned"),
        ("def f():\n    return (a\n    ▮\n", "        + b)"),
    ],
)
def test_a_fill_that_is_right_is_left_alone(document: str, fill: str) -> None:
    assert trimmed(document, fill) == fill


@pytest.mark.parametrize(
    ("document", "fill", "clean"),
    [
        # The same line goes on after the hole.
        (CALL, "a, b)", "a, b"),
        (CALL, "h(a))", "h(a)"),
        (CALL, "a, b)\n", "a, b"),
        ("x = f(g(▮))\n", "y))", "y"),
        ("x = f(g(h(▮))\n", "y))", "y)"),
        ("foo(▮, b)\nreturn x\n", "a, b)", "a"),
        ("foo(▮, b)\nreturn x\n", "a, b)\nreturn x", "a"),
        ('print("▮")\n', 'hello")', "hello"),
        ('x = "▮"\n', 'hello"', "hello"),
        ("x = {▮}\n", "'a': 1}", "'a': 1"),
        ("if ▮:\n    pass\n", "x > 1:\n    pass", "x > 1"),
        ("for a, ▮:\n    pass\n", "b in c:", "b in c"),
        ("x = ▮;\n", "a;", "a"),
        ("x = [\n    ▮,\n]\n", "a,", "a"),
        # The same lines follow.
        (PYTHON, "y = 2\n    return x", "y = 2"),
        (PYTHON, "y = 2\n    return x\n", "y = 2"),
        (PYTHON, "y = 2\n\n    return x\n\n\ndef g():", "y = 2"),
        (PYTHON, "y = 2\n    return x\n\n\ndef g():\n    pa", "y = 2"),
        (PYTHON, "return x", ""),
        (PYTHON, "y = 2\n\n    return x\ndef g", "y = 2"),
        ("def f():\n▮    return x\n", "    y = 2\n    return x\n", "    y = 2\n"),
        (BRACES, "b();\n  }\n  return a;", "b();"),
        (BRACES, "b();\n  }", "b();"),
        (BRACES, "b();\n  }\n  return a;\n}\n", "b();"),
        ("it(() => {\n  ▮\n});\n", "x();\n});", "x();"),
        # It runs on after them.
        (PYTHON, "y = 2\n    return x\n    z = 3", "y = 2"),
        (PYTHON, "y = 2\n    return x\n\n\ndef g():\n    return 5", "y = 2"),
        ("def f():\n    ▮\n\ndef g():\n    pass\n", "pass\n\ndef g():\n    return 1", "pass"),
        (BRACES, "b();\n  }\n  c();\n}", "b();"),
        ("x = foo(▮)\ny = 2\n", "a)\nz = 3", "a"),
    ],
)
def test_a_fill_ends_where_the_suffix_begins(document: str, fill: str, clean: str) -> None:
    assert trimmed(document, fill) == clean


@pytest.mark.parametrize(
    ("document", "fill", "clean"),
    [
        ("    total = ▮\n", "total = a + b", "a + b"),
        ("    total = ▮\n", "    total = a + b", "a + b"),
        ("def area(▮):\n    pass\n", "def area(w, h", "w, h"),
        ("ret▮\n", "return x", "urn x"),
        ("x = foo(▮)\n", "x = foo(1", "1"),
        ("def f():\n    x = 1\n    ▮\n    return x\n", "    y = 2\n    z = 3", "y = 2\n    z = 3"),
        ("def f():\n    ▮\n", "    if y:\n        z = 1\n    w = 2", "if y:\n        z = 1\n    w = 2"),
        ("const a = ▮;\n", "const a = 1", "1"),
        ("x = foo(▮)\n", "x = foo(1)", "1"),
        ("if (a[▮]) {\n}\n", "if (a[0]) {", "0"),
    ],
)
def test_a_fill_does_not_start_its_line_again(document: str, fill: str, clean: str) -> None:
    assert trimmed(document, fill) == clean


@pytest.mark.parametrize(
    ("document", "fill", "clean"),
    [
        (PYTHON, "if x:\n\ty = 2\n\t\tz = 3", "if x:\n    y = 2\n        z = 3"),
        (PYTHON, "if x:\n      y = 2\n      if y:\n        z = 3\n    w = 4", None),
        (PYTHON, "if x:\n      y = 2\n    w = 4", "if x:\n        y = 2\n    w = 4"),
        (BRACES, "if (b) {\n        c();\n    }", "if (b) {\n      c();\n    }"),
        (TABS, "for {\n            a++\n        }", "for {\n\t\t\ta++\n\t\t}"),
        (TABS, "for {\n      a++\n    }", "for {\n\t\t\ta++\n\t\t}"),
        (TABS, "for {\n" + 24 * " " + "a++\n" + 16 * " " + "}", "for {\n\t\t\ta++\n\t\t}"),
        ("if a:\n    if b:\n        c()\n    ▮d()\n", "if e:\n      f()\n      ", "if e:\n        f()\n        "),
        ("if a:\n    if b:\n        c()\n    ▮  d()\n", "if e:\n      f()\n      ", "if e:\n        f()\n      "),
        # Its first line stands at whole units, unless something around it stands where it does.
        ("def f():\n    x\n▮\n    z\n", "   y\n     w", "    y\n      w"),
        ("def f():\n    x\n▮\n", "       y\n         w\n    v", "        y\n          w\n    v"),
        ("def f():\n    x\n▮\n", " y", "y"),
        ("def f():\n    x = (1,\n▮\n", "         2)", "         2)"),
        ("def f():\n    x = a \\\n      + b\n▮\n", "      + c", "      + c"),
        ("if a {\n\tb()\n}\n▮\n", "for {\n  c()\n}", "for {\n\tc()\n}"),
        ("x\ny\n▮\n", "if x:\n  y", "if x:\n  y"),
        # A string keeps its own white space, and the code around it does not.
        (TABS, '"""One."""\n        if a:\n            b', '"""One."""\n\t\tif a:\n\t\t\tb'),
        ("def f():\n▮\tx\n", '    """One.\n\n    Two.\n    """\n    y\n', '\t"""One.\n\n    Two.\n    """\n\ty\n'),
        (PYTHON, 'y = """\n  two\n"""\n\tif x:\n\t\tz', 'y = """\n  two\n"""\n    if x:\n        z'),
        (TABS, "a = `\n    b`\n        c", "a = `\n    b`\n\t\tc"),
        ("def f():\n    '''About.\n    ▮\n    '''\n", "Uses:\n      this", "Uses:\n      this"),
    ],
)
def test_a_fill_is_indented_as_the_file_is(document: str, fill: str, clean: str | None) -> None:
    assert trimmed(document, fill) == (clean or "if x:\n        y = 2\n        if y:\n            z = 3\n    w = 4")


@pytest.mark.parametrize(
    ("document", "fill", "today", "clean"),
    [
        (PYTHON, "y = 2  \n    z = 3\t\n", "", "y = 2\n    z = 3"),
        (PYTHON, "y = 2\n\n\n", "", "y = 2"),
        (PYTHON, 'y = 2  \n    z = """ \n  """ \n    w', "", 'y = 2\n    z = """ \n  """\n    w'),
        (PYTHON, "y = 2\n\n", "x = 1\n", "y = 2\n"),
        (PYTHON, "y = 2\n    ", "x = 1\n    ", "y = 2\n    "),
        (PYTHON, "   \n  ", "", ""),
        ("a\n▮    b\n", "    c\n    ", "", "    c\n"),
        ("a\n▮    b\n", "    c\n    ", "x", "    c\n    "),
        ("x =▮b\n", " ", "", " "),
        ("one  \ntwo ▮\nthree\n", "and  \nmore", "", "and  \nmore"),
        (PYTHON, "y = 2\r\n    z = 3\r", "", "y = 2\n    z = 3"),
    ],
)
def test_a_fill_adds_no_white_space_at_the_ends_of_lines(document: str, fill: str, today: str, clean: str) -> None:
    assert trimmed(document, fill, today) == clean


@pytest.mark.parametrize(
    ("document", "fill", "has_final_newline", "clean"),
    [
        ("a\n▮", "b", True, "b\n"),
        ("a\n▮", "b\n\n", True, "b\n"),
        ("a\n▮", "b\n", False, "b"),
        ("a▮", " = 1\n", False, " = 1"),
        ("a\n▮", "", True, ""),
        ("a\n▮\n", "b", True, "b"),
        ("if x:\n▮", "    y = 1\n", True, "    y = 1\n"),
    ],
)
def test_a_file_keeps_its_last_line_end_or_the_lack_of_it(
    document: str, fill: str, has_final_newline: bool, clean: str
) -> None:
    assert trimmed(document, fill, has_final_newline=has_final_newline) == clean


def test_a_special_token_is_shown_because_it_is_a_fault() -> None:
    assert trimmed(PYTHON, "y = 2<|eos|>") == "y = 2<|eos|>"


def test_what_is_left_of_each_token_is_known() -> None:
    around = Surroundings("x = f(", ")\n", given="def f():\n    return 1\n", ends_file_with_newline=True)
    assert around.indentation == Indentation("    ")
    parts = trim(["x = ", "f(", "a, ", "b)", "\n"], around)
    assert parts == (TokenPart(2, "a, "), TokenPart(3, "b"))


def test_nothing_stays_nothing() -> None:
    assert trim([], Surroundings("a\n", "", ends_file_with_newline=True)) == ()


def test_a_very_long_suffix_costs_nothing() -> None:
    assert trimmed("x = f(▮)\n" + "y = 1\n" * 500_000, "a, b)" + " " * 200) == "a, b"
