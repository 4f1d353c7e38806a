"""Where code stops to parse with a fill in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffgemma_lsp.text.syntax.grammars import has_grammar, parse

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

# Longer documents take too long to be read for a fill: some 150,000 characters in 20 ms.
_MOST_CHARACTERS = 200_000


class Soundness:
    """A document with a hole between `prefix` and `suffix`, read once, so that each fill costs only what it changes.

    What is wrong in other lines with nothing in the hole, and stays so with a fill, is not the fill's. For a blank fill
    all errors count: there is nothing to tell them apart by.
    """

    def __init__(self, prefix: str, suffix: str, language: str) -> None:
        self._language = language
        self._prefix, self._suffix = _encoded(prefix), _encoded(suffix)
        self._tree: Tree | None = None
        self._elsewhere: set[tuple[int, int]] = set()
        if has_grammar(language) and len(prefix) + len(suffix) <= _MOST_CHARACTERS:
            self._tree = parse(self._prefix + self._suffix, language)
            places = (self._place_elsewhere(node, 0) for node in _errors(self._tree.root_node))
            self._elsewhere = {place for place in places if place is not None}

    def first_error(self, fill: str) -> int | None:
        """Return where in a fill the code around it stops to parse, None where it parses.

        The place is an offset into the fill, 0 for what goes wrong before it and its length for what goes wrong behind
        it. What has no grammar parses, and so does what is far too long.
        """
        if self._tree is None:
            return None
        data = _encoded(fill)
        root = parse(self._prefix + data + self._suffix, self._language, self._edited(data)).root_node
        known = self._elsewhere if data.strip() else set()
        errors = [node for node in _errors(root) if self._place_elsewhere(node, len(data)) not in known]
        if not errors:
            return None
        place = min(node.start_byte for node in errors) - len(self._prefix)
        return len(data[: max(0, place)].decode("utf-8", "surrogatepass"))

    def _place_elsewhere(self, node: Node, fill: int) -> tuple[int, int] | None:
        """Return where a node would stand without the bytes of a fill; None if it is at the hole or in its line."""
        if node.end_byte < self._prefix.rfind(b"\n"):
            return node.start_byte, node.end_byte
        if node.start_byte > len(self._prefix) + fill:
            return node.start_byte - fill, node.end_byte - fill
        return None

    def _edited(self, fill: bytes) -> Tree:
        """Return the tree of the document without the fill, with the room for it."""
        assert self._tree is not None
        start = _point(self._prefix)
        tree = self._tree.copy()
        tree.edit(
            start_byte=len(self._prefix),
            old_end_byte=len(self._prefix),
            new_end_byte=len(self._prefix) + len(fill),
            start_point=start,
            old_end_point=start,
            new_end_point=_point(self._prefix + fill),
        )
        return tree


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _point(before: bytes) -> tuple[int, int]:
    """Return the row of the place after some text, and how many bytes of it stand in that row."""
    return before.count(b"\n"), len(before) - before.rfind(b"\n") - 1


def _errors(root: Node) -> list[Node]:
    """Return the outermost nodes that are an error, or missing; for one that is hidden (a line end), its parent."""
    found = []
    unread = [root] if root.has_error else []
    while unread:
        node = unread.pop()
        within = [] if node.is_error else [child for child in node.children if child.has_error or child.is_missing]
        unread += within
        if not within:
            found.append(node)
    return found
