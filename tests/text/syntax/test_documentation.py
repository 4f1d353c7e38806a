"""Where a docstring or a documentation comment belongs."""

from __future__ import annotations

import pytest

from diffgemma_lsp.fill.holes import edits_of
from diffgemma_lsp.text import apply_edits
from diffgemma_lsp.text.syntax.documentation import documentation_at

# The cursor stands at |.
WRITTEN = {
    "python": [
        ("def f(|):\n    return 1\n", 'def f():\n    """DOC"""\n    return 1\n'),
        ("|def f():\n\treturn 1\n", 'def f():\n\t"""DOC"""\n\treturn 1\n'),
        ("class A:|\n    x = 1\n", 'class A:\n    """DOC"""\n    x = 1\n'),
        ("if a:\n  |  async def f(\n      x\n    ):\n        y\n",
         'if a:\n    async def f(\n      x\n    ):\n        """DOC"""\n        y\n'),
        ("@a\ndef f(\n  x,|\n):\n    # c\n    y()\n", '@a\ndef f(\n  x,\n):\n    # c\n    """DOC"""\n    y()\n'),
    ],
    "javascript": [
        ("export function f(|) {}\n", "/** DOC */\nexport function f() {}\n"),
        ("class A {\n  |m() {\n  }\n}\n", "class A {\n  /** DOC */\n  m() {\n  }\n}\n"),
        ("// not it\nconst a = |() => 1;\n", "// not it\n/** DOC */\nconst a = () => 1;\n"),
    ],
    "typescript": [
        ("interface |A {\n  x: number;\n}\n", "/** DOC */\ninterface A {\n  x: number;\n}\n"),
        ("@C()\nexport class A| {}\n", "/** DOC */\n@C()\nexport class A {}\n"),
    ],
    "java": [("class A {\n  @O\n  |int f() { }\n}\n", "class A {\n  /** DOC */\n  @O\n  int f() { }\n}\n")],
    "c": [("static int f(|void)\n{\n}\n", "/** DOC */\nstatic int f(void)\n{\n}\n")],
    "cpp": [("template <class T>\nT f(|) {}\n", "/** DOC */\ntemplate <class T>\nT f() {}\n")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "before", "after"), [(key, *case) for key, cases in WRITTEN.items() for case in cases]
)
def test_documentation_is_written_where_it_belongs(language: str, before: str, after: str) -> None:
    text = before.replace("|", "")
    place = documentation_at(text, before.index("|"), language)
    assert place is not None
    assert apply_edits(text, edits_of([place], ["DOC"])) == after


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", 'def f(|):\n    """Do."""\n'),
        ("python", 'def f(|):\n    r"""Do."""\n    x()\n'),
        ("python", "def f(|): return 1\n"),
        ("python", "def f(|):\n"),
        ("python", "def f():\n    |return 1\n"),
        ("python", "x = 1|\n"),
        ("javascript", "/** Does. */\nfunction f(|) {}\n"),
        ("javascript", "x(); function f(|) {}\n"),
        ("go", "func f(|) {}\n"),
        ("rust", "fn f(|) {}\n"),
        ("cobol", "f(|)\n"),
    ],
)
def test_where_it_stands_or_nothing_is_declared_there_is_none(language: str, text: str) -> None:
    assert documentation_at(text.replace("|", ""), text.index("|"), language) is None
