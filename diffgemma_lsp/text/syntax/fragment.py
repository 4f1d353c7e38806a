"""A syntax tree of a part of a text, between its bytes and its characters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from diffgemma_lsp.text.spans import Span
from diffgemma_lsp.text.syntax.grammars import has_grammar, parse

if TYPE_CHECKING:
    from tree_sitter import Node

# A line that is likely to begin something at the outermost level.
_OUTERMOST = re.compile(r"(?:\A|(?<=\n))[^\W\d]")
# A parse that begins inside of a long string or a comment takes text for code, so it begins where a document does; this
# many characters take some 15 ms.
_FARTHEST = 200_000


@dataclass(frozen=True, slots=True)
class Fragment:
    """The tree of some lines, which may begin and end in the middle of anything; `data` are the lines as UTF-8."""

    data: bytes
    root: Node

    @classmethod
    def of(cls, text: str, language: str) -> Fragment:
        """Parse text in a language that has a grammar."""
        data = text.encode("utf-8", "surrogatepass")
        return cls(data, parse(data, language).root_node)

    @classmethod
    def around(cls, text: str, offset: int, language: str) -> tuple[int, Fragment] | None:
        """Parse what stands around an offset; return where it begins in the text, too. None without a grammar."""
        if not has_grammar(language):
            return None
        start = anchor(text, offset)
        return start, _parsed(text[start : start + 2 * _FARTHEST], language)

    def offset(self, byte: int) -> int:
        """Return the offset in the text of a byte."""
        return len(self.data[:byte].decode("utf-8", "surrogatepass"))

    def byte(self, offset: int) -> int:
        """Return the byte at which the character at an offset begins."""
        return len(self.data.decode("utf-8", "surrogatepass")[:offset].encode("utf-8", "surrogatepass"))

    def span(self, node: Node) -> Span:
        """Return where a node stands in the text."""
        return Span(self.offset(node.start_byte), self.offset(node.end_byte))

    def margin(self, node: Node) -> bytes | None:
        """Return the white space before a node on its line, None where something else stands there."""
        line = self.data.rfind(b"\n", 0, node.start_byte) + 1
        margin = self.data[line : node.start_byte]
        return None if margin.strip(b" \t") else margin


# An editor asks again and again about a text that nobody changes.
@lru_cache(maxsize=4)
def _parsed(text: str, language: str) -> Fragment:
    return Fragment.of(text, language)


def anchor(text: str, offset: int) -> int:
    """Return the start of a line at or before `offset` at which a parser can begin: the text's own, if it is near."""
    nearest = offset - _FARTHEST
    if nearest <= 0:
        return 0
    line = text.rfind("\n", 0, offset) + 1
    found = _OUTERMOST.search(text, nearest, line)
    return found.start() if found else line
