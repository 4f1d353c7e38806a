"""Where a text is cut by its syntax."""

from __future__ import annotations

import re

import pytest

from diffgemma_lsp.text import Span
from diffgemma_lsp.text.syntax.borders import syntax_borders

# A | is where a border is wanted, a ^ where the span begins, which is not a border.
CASES = {
    "python": [
        "def f():\n    x = 1\n\n|def g():\n    pass\n",
        "x = 1\n|@a\n@b(1)\ndef f():\n    pass\n\n\n|# about g\n# and more\ndef g():\n    pass\n",
        'x = """\n\ndef no():\n\n"""\n|y = 1\n',
        "class A:\n    x^ = 1\n\n|    def f(self):\n        pass\n\n|    def g(self):\n        pass\n",
        "if a:\n    x^()\n|    y()\nelse:\n    z()\n",
        "x = [\n    1^,\n|    2,\n|    3,\n]\n",
        "é = '😀'\n\n|def g():\n    pass\n",
    ],
    "javascript": ["a();\n\n|function f() {\n  return `\nx\n`;\n}\n\n|export class A {\n  m() {}\n}\n"],
    "javascriptreact": ["a();\n|const A = () => {\n  return (\n<p>\nx\n</p>\n  );\n};\n"],
    "typescript": ["a();\n|interface A {\n  x: number;\n}\n|// B\nexport type B = {\n  y: string;\n};\n"],
    "typescriptreact": ["a();\n|export const A: FC = () => <p>\nx\n</p>;\n|type B = string;\n"],
    "go": [
        "package a\n\n|import (\n\t\"fmt\"\n)\n\n"
        "|// F is\nfunc F() {\n\tx := `\na\n`\n}\n\n|type T struct {\n\tx int\n}\n",
    ],
    "rust": ["use a;\n\n|#[test]\nfn f() {\n    g();\n}\n\n|impl A {\n    fn h(&self) {}\n}\n"],
    "c": ["int a;\n|#include <x.h>\n|static int f(void)\n{\n    return 1;\n}\n|struct s {\n    int x;\n};\n"],
    "cpp": ["int a;\n|template <class T>\nT f(T x) {\n  return x;\n}\n|namespace n {\nclass A {};\n}\n"],
    "java": ["import a;\n|class A {\n    int f() {\n        return 1;\n    }\n}\n",
             "class A {\n    int x^;\n|    /** f */\n    int f() {\n        return 1;\n    }\n}\n"],
    "lua": ["local a = 1\n|local function f()\n  return 1\nend\n|-- g\nfunction M.g()\n  x()\nend\n"],
}  # fmt: skip


@pytest.mark.parametrize(("language", "marked"), [(key, text) for key, texts in CASES.items() for text in texts])
def test_the_outermost_constructs_that_begin_in_the_span_are_found(language: str, marked: str) -> None:
    text = re.sub(r"[|^]", "", marked) if language != "rust" else marked.replace("|", "")
    wanted = [found.start() - count for count, found in enumerate(re.finditer(r"\|", marked.replace("^", "")))]
    start = max(1, marked.replace("|", "").find("^"))
    assert list(syntax_borders(text, Span(start, len(text)), language)) == wanted


def test_a_border_stands_in_the_span_and_at_the_start_of_a_line() -> None:
    text = "".join(
        f"class C{n}:\n    def f(self):\n        return {{\n            {n}: 1,\n        }}\n" for n in range(50)
    )
    for start in range(0, len(text) - 100, 17):
        borders = syntax_borders(text, Span(start, start + 100), "python")
        assert borders
        assert all(start <= border < start + 100 and text[border - 1 : border] in ("", "\n") for border in borders)


@pytest.mark.parametrize("text", ["}}}} def (((\n", "def f(:\n  x\n", "\x00\n\x00", "\ud800\n\udfff\n", "", "\n\n"])
@pytest.mark.parametrize("language", CASES)
def test_broken_code_does_no_harm(language: str, text: str) -> None:
    for border in syntax_borders(text, Span(0, len(text)), language):
        assert 0 <= border < len(text)


def test_a_language_without_a_grammar_has_no_borders() -> None:
    assert syntax_borders("a\n\nb\n", Span(0, 5), "cobol") == ()


def test_a_parse_far_down_begins_where_something_is_likely_to_begin() -> None:
    body = "".join(f"def f{n}():\n    return {n}\n\n\n" for n in range(9000))
    assert len(body) > 220_000
    start = body.index("return 8900")
    border, *_ = syntax_borders(body, Span(start, start + 100), "python")
    assert body[border:].startswith("def f8901")
