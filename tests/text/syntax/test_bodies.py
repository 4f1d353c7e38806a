"""Bodies that are still to be written."""

from __future__ import annotations

import pytest

from diffgemma_lsp.fill.holes import edits_of
from diffgemma_lsp.text import apply_edits
from diffgemma_lsp.text.bodies import body_at

# The cursor stands at |, and what is written stands at CODE afterwards.
WRITTEN = {
    "python": [
        ("def f(|):\n", "def f():\n    CODE\n"),
        ("def f():|", "def f():\n    CODE"),
        ("def f():\n    |\n\ndef g():\n    return 1\n", "def f():\n    CODE\n\ndef g():\n    return 1\n"),
        ("def |f():\n    pass\n", "def f():\n    CODE\n"),
        ("def |f(): ...\n", "def f():\n    CODE\n"),
        ("def |f():  # note\n\nx = 1\n", "def f():  # note\n    CODE\n\nx = 1\n"),
        ('def f(|a,\n      b):\n    """Do."""\n    ...\n', 'def f(a,\n      b):\n    """Do."""\n    CODE\n'),
        ("class A:\n  def f(self):|\n\n  x = 1\n", "class A:\n  def f(self):\n    CODE\n\n  x = 1\n"),
        ("class A:\n\tx = [\n\t\t1]\n\n\tdef f(self):\n\t\tpass|\n",
         "class A:\n\tx = [\n\t\t1]\n\n\tdef f(self):\n\t\tCODE\n"),
        ("if x|:\n", "if x:\n    CODE\n"),
        ("if x:\n    y()\nfor a in b|:\n", "if x:\n    y()\nfor a in b:\n    CODE\n"),
        ("def f():\n    raise NotImplementedError(|)\n", "def f():\n    CODE\n"),
        ("def |f():\n    # TODO: this\n    pass\n", "def f():\n    # TODO: this\n    CODE\n"),
        ("é = '😀'\ndef f(|):\n", "é = '😀'\ndef f():\n    CODE\n"),
    ],
    "javascript": [
        ("if (x|) { }\n", "if (x) {\n    CODE\n}\n"),
        ("function f() {|}\n", "function f() {\n    CODE\n}\n"),
        ("  a();\nclass A {\n  m() {\n    |\n  }\n}\n", "  a();\nclass A {\n  m() {\n    CODE\n  }\n}\n"),
        ("const a = |() => {\n  // TODO\n};\n", "const a = () => {\n  CODE\n};\n"),
    ],
    "typescript": [("export class A|{}\n", "export class A{\n    CODE\n}\n")],
    "typescriptreact": [("const A = (): X => {|}\n", "const A = (): X => {\n    CODE\n}\n")],
    "go": [("package a\n\nfunc (t T) F() {|}\n", "package a\n\nfunc (t T) F() {\n\tCODE\n}\n")],
    "rust": [
        ("impl A {\n    fn f(&self) {|\n    }\n}\n", "impl A {\n    fn f(&self) {\n        CODE\n    }\n}\n"),
        ("fn g(|) { todo!() }\n", "fn g() {\n    CODE\n}\n"),
    ],
    "c": [("static int f(void|)\n{\n}\n", "static int f(void)\n{\n    CODE\n}\n")],
    "cpp": [("template <class T>\nT f(|) {}\n", "template <class T>\nT f() {\n    CODE\n}\n")],
    "java": [("class A {\n  @O\n  int f() {|}\n}\n", "class A {\n  @O\n  int f() {\n    CODE\n  }\n}\n")],
    "lua": [
        ("function M.f(|)\nend\n", "function M.f()\n    CODE\nend\n"),
        ("local h = function(|) end\n", "local h = function()\n    CODE\nend\n"),
        ("local function g(a)\n  -- TODO|\nend\n", "local function g(a)\n  CODE\nend\n"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "before", "after"), [(key, *case) for key, cases in WRITTEN.items() for case in cases]
)
def test_a_body_is_written_where_it_belongs(language: str, before: str, after: str) -> None:
    text = before.replace("|", "")
    place = body_at(text, before.index("|"), language)
    assert place is not None
    assert apply_edits(text, edits_of([place], ["CODE"])) == after
    assert apply_edits(text, edits_of([place], [""])) == text, "an empty fill leaves everything as it is"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", "def f():\n    return |1\n"),
        ("python", "def f|():\n    return 1\n"),
        ("python", 'def f|():\n    """All there is."""\n'),
        ("python", "if a:\n    pass\nelif |b:\n    x()\nelse:\n    y()\n"),
        ("python", "if a:\n    pass\nelse:\n    y(|)\n"),
        ("javascript", "if (a) {\n} else {\n  y(|);\n}\n"),
        ("python", "x = {|}\n"),
        ("python", "x = 1|\n"),
        ("python", "def f():\n    pass\n    pass\n    x()|\n"),
        ("python", '"""\ndef f():|\n"""\n'),
        ("python", "|"),
        ("javascript", "const a = {|};\n"),
        ("javascript", "function f() { return 1;| }\n"),
        ("javascript", "function f() {|\n"),
        ("go", "package a\n\nvar x = T{|}\n"),
        ("lua", "function f()|\n  return 1\nend\n"),
        ("cobol", "f() {|}\n"),
    ],
)
def test_where_code_stands_or_nothing_is_a_body_there_is_nothing_to_write(language: str, text: str) -> None:
    assert body_at(text.replace("|", ""), text.index("|"), language) is None
