"""What encloses a place: functions, classes, loops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diffgemma_lsp.text.indentation import Indentation, margin_of
from diffgemma_lsp.text.spans import Span
from diffgemma_lsp.text.syntax.fragment import Fragment

if TYPE_CHECKING:
    from tree_sitter import Node


# One level of indentation, where a file does not show its own yet.
_USUAL_UNITS: Mapping[str, str] = {"go": "\t"}


@dataclass(frozen=True, slots=True)
class Owner:
    """A node of a text's tree, in terms of that text. `start` is the offset at which the fragment begins.

    `byte` is that of the fragment which it encloses.
    """

    text: str
    language: str
    start: int
    fragment: Fragment
    node: Node
    byte: int

    def span(self, start_byte: int, end_byte: int) -> Span:
        """Return the span of the text between two bytes of the fragment."""
        return Span(self.start + self.fragment.offset(start_byte), self.start + self.fragment.offset(end_byte))

    @property
    def margin(self) -> str:
        """The indentation of the line on which it begins."""
        first = self.span(self.node.start_byte, self.node.start_byte).start
        line = self.text.rfind("\n", 0, first) + 1
        return margin_of(self.text[line : first + 1])

    @property
    def inner_margin(self) -> str:
        """The indentation of what stands in it: a level deeper."""
        return self.margin + (Indentation.of(self.text).unit or _USUAL_UNITS.get(self.language, "    "))


def owners_of(text: str, offset: int, language: str) -> Iterator[Owner]:
    """Yield what encloses `offset`, the innermost first, and then what encloses the last code on its line or before.

    Nothing without a grammar.
    """
    found = Fragment.around(text, offset, language)
    if found is None:
        return
    start, fragment = found
    line_end = text.find("\n", offset)
    last = len(text[: line_end if line_end >= 0 else len(text)].rstrip()) - 1
    for place in dict.fromkeys((offset, max(last, start))):
        byte = fragment.byte(place - start)
        node = fragment.root.descendant_for_byte_range(byte, min(byte + 1, len(fragment.data)))
        while node is not None:
            yield Owner(text, language, start, fragment, node, byte)
            node = node.parent


def body_of(node: Node) -> Node | None:
    """Return the body of a function, class, loop or condition; None for anything else."""
    return node.child_by_field_name("body") or node.child_by_field_name("consequence")


def is_docstring(node: Node) -> bool:
    """Say whether a statement is nothing but a string."""
    return node.type == "expression_statement" and [part.type for part in node.children] == ["string"]
