"""Where a text can be cut without cutting a definition or a statement: by its syntax."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from diffgemma_lsp.text.spans import Span
from diffgemma_lsp.text.syntax.fragment import Fragment, anchor
from diffgemma_lsp.text.syntax.grammars import has_grammar

if TYPE_CHECKING:
    from tree_sitter import Node

# Nodes that are nothing but their statements, and begin where the first of them does.
_BARE_BLOCKS = ("block", "statement_list")
# What their types hold whose lines are no code, or not all of them.
_OPAQUE = ("string", "comment")
# Nodes that begin a line, but go on with what stands before it.
_CONTINUATIONS = ("else", "elif", "except", "finally", "catch")


def syntax_borders(text: str, span: Span, language: str) -> tuple[int, ...]:
    """Return the starts of lines in `span` at which its outermost constructs begin, in order.

    Comments and decorators belong to what follows them. Empty without a grammar, and where nothing begins.

    1. Parse the lines up to the end of the span.
    2. Go down the tree to the first level at which anything begins in the span.
    3. Keep the least indented of it: a parse may begin in the middle of a deeper block.
    """
    if not has_grammar(language):
        return ()
    start = anchor(text, span.start)
    return tuple(start + place for place in _places(text[start : span.end], span.start - start, language))


# While somebody types, a cut far away stays what it is: only its text is looked at again.
@lru_cache(maxsize=16)
def _places(text: str, first: int, language: str) -> tuple[int, ...]:
    fragment = Fragment.of(text, language)
    first_byte, end = fragment.byte(first), len(fragment.data)
    level = [fragment.root]
    while level:
        parts = [
            part for node in level for part in _parts(node) if part.end_byte > first_byte and part.start_byte < end
        ]
        margins = {part.start_byte: margin for part in parts if (margin := _margin(fragment, part)) is not None}
        margins = {byte: margin for byte, margin in margins.items() if byte - margin >= first_byte}
        if margins:
            least = min(margins.values())
            return tuple(fragment.offset(byte - least) for byte, margin in margins.items() if margin == least)
        level = parts
    return ()


def _parts(node: Node) -> Iterator[Node]:
    if any(word in node.type for word in _OPAQUE):
        return
    for part in node.children:
        if part.type in _BARE_BLOCKS:
            yield from part.children
        else:
            yield part


def _margin(fragment: Fragment, part: Node) -> int | None:
    """Return how many blanks stand before a construct that begins a line, None where it does not begin one."""
    is_construct = part.is_named or (part.type.isalpha() and part.parent is not None and part.parent.is_error)
    if not is_construct or part.is_error or part.is_missing or part.type.startswith(_CONTINUATIONS):
        return None
    margin = fragment.margin(part)
    is_bracket = fragment.data[part.start_byte : part.start_byte + 1] in (b"{", b"(", b"[")
    return None if margin is None or is_bracket or _follows_comment(part) else len(margin)


def _follows_comment(part: Node) -> bool:
    """Say whether a comment stands right above, or a decorator in which nothing else would begin."""
    above = part.prev_sibling
    is_attached = above is not None and ("comment" in above.type or above.type in ("decorator", "attribute_item"))
    return is_attached and above is not None and above.end_point.row + 1 >= part.start_point.row
