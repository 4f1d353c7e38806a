"""Where code stops to parse with a fill in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from diffgemma_lsp.text.syntax.grammars import has_grammar, parse

if TYPE_CHECKING:
    from tree_sitter import Node

# What is farther from the fill says nothing about it; so many characters parse in a millisecond.
_BEFORE, _AFTER = 6000, 3000
_OUTERMOST = re.compile(r"^[^\W\d]", re.MULTILINE)


def first_error(prefix: str, fill: str, suffix: str, language: str) -> int | None:
    """Return where in a fill the outermost parts of a document around it stop to parse, None where all of them parse.

    The place is an offset into the fill, 0 for what goes wrong before it and its length for what goes wrong behind it.
    What has no grammar parses.
    """
    if not has_grammar(language):
        return None
    before = prefix[_start(prefix) :]
    data = (before + fill + suffix[: _end(suffix)]).encode("utf-8", "surrogatepass")
    root = parse(data, language).root_node
    if not root.has_error:
        return None
    error = len(data[: _first_error_byte(root)].decode("utf-8", "surrogatepass"))
    return min(max(0, error - len(before)), len(fill))


def _first_error_byte(root: Node) -> int:
    """Return where the first node begins that is an error, or missing, in a tree that has one."""
    starts = []
    unread = [root]
    while unread:
        node = unread.pop()
        if node.is_error or node.is_missing:
            starts.append(node.start_byte)
        elif node.has_error:
            unread += node.children
    return min(starts, default=root.start_byte)


def _start(prefix: str) -> int:
    nearest = len(prefix) - _BEFORE
    if nearest <= 0:
        return 0
    found = _OUTERMOST.search(prefix, nearest)
    return found.start() if found else nearest


def _end(suffix: str) -> int:
    """Return where the last outermost part that is near begins."""
    if len(suffix) <= _AFTER:
        return len(suffix)
    starts = [found.start() for found in _OUTERMOST.finditer(suffix, 0, _AFTER) if found.start()]
    return starts[-1] if starts else _AFTER
