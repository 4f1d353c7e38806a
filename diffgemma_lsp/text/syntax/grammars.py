"""Which languages have a grammar."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language, Tree

# Languages by their identifiers in the language server protocol; the module of a grammar, and its function there.
_GRAMMARS: Mapping[str, tuple[str, str]] = {
    "c": ("tree_sitter_c", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
    "go": ("tree_sitter_go", "language"),
    "java": ("tree_sitter_java", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "javascriptreact": ("tree_sitter_javascript", "language"),
    "lua": ("tree_sitter_lua", "language"),
    "python": ("tree_sitter_python", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "typescriptreact": ("tree_sitter_typescript", "language_tsx"),
}


def has_grammar(language: str) -> bool:
    """Say whether `parse` can read `language`."""
    return language in _GRAMMARS


def parse(data: bytes, language: str, before: Tree | None = None) -> Tree:
    """Return the syntax tree of UTF-8 text in a language that has a grammar.

    `before` is the tree of what it was before an edit that the tree knows of; what did not change is not read again.
    """
    from tree_sitter import Parser

    parser = Parser(_grammar(language))
    return parser.parse(data) if before is None else parser.parse(data, before)


@cache
def _grammar(language: str) -> Language:
    from tree_sitter import Language

    module, function = _GRAMMARS[language]
    return Language(getattr(importlib.import_module(module), function)())
