"""Bodies of functions, classes and loops that are still to be written."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from diffgemma_lsp.text.places import Place
from diffgemma_lsp.text.spans import Span
from diffgemma_lsp.text.syntax.owners import Owner, body_of, is_docstring, owners_of

if TYPE_CHECKING:
    from tree_sitter import Node

# What follows the colon of a header without a body: a comment, and a blank line that was indented for the body.
_AFTER_COLON = re.compile(r"(?P<comment>[ \t]*#[^\n]*)?[ \t]*(?:\n[ \t]+(?=\n|\Z))?")


def empty_body_at(text: str, offset: int, language: str, is_placeholder: Callable[[str], bool]) -> Place | None:
    """Return the place of the body that encloses `offset`, or whose header does; None where it holds code.

    `is_placeholder` says of blank code, and of what is only there until the body is written, that it is none. None
    without a grammar, too.
    """
    for owner in owners_of(text, offset, language):
        place = _between_ends(owner) or _indented(owner)
        if place is not None and is_placeholder(place.text) and not _is_past_body(owner):
            return place
    return None


def _is_past_body(owner: Owner) -> bool:
    """Say whether the cursor stands in another branch, as in what follows an `else`."""
    body = body_of(owner.node)
    return body is not None and owner.byte > body.end_byte


def _between_ends(owner: Owner) -> Place | None:
    """Return the place between the braces of a body, or between a function's parameters and its `end`."""
    body = body_of(owner.node)
    parameters = owner.node.child_by_field_name("parameters")
    inside: tuple[int, int] | None = None
    if body is not None and body.type != "literal_value" and _are(body, "{", "}"):
        inside = body.children[0].end_byte, body.children[-1].start_byte
    elif parameters is not None and owner.node.children[-1].type == "end":
        inside = parameters.end_byte, owner.node.children[-1].start_byte
    if inside is None:
        return None
    span = owner.span(*inside)
    code = owner.text[span.start : span.end].strip()
    return Place(span, code, f"\n{owner.inner_margin}", f"\n{owner.margin}")


def _indented(owner: Owner) -> Place | None:
    """Return the place of a body that only its indentation marks; a docstring at its beginning stays."""
    body = body_of(owner.node)
    colon = next((part for part in owner.node.children if part.type == ":"), None)
    if body is None or colon is None or body.type != "block":
        return None
    statements = [part for part in body.children if part.is_named]
    if not statements:
        return _after_colon(owner, owner.span(colon.end_byte, colon.end_byte).start)
    written = statements[1:] if is_docstring(statements[0]) else statements
    if not written:
        return None
    begins_line = owner.fragment.margin(written[0]) is not None
    span = owner.span(written[0].start_byte if begins_line else colon.end_byte, body.end_byte)
    code = owner.text[span.start : span.end]
    return Place(span, code) if begins_line else Place(span, code.strip(), f"\n{owner.inner_margin}")


def _after_colon(owner: Owner, offset: int) -> Place:
    found = _AFTER_COLON.match(owner.text, offset)
    assert found is not None
    start = found.end("comment") if found["comment"] else offset
    return Place(Span(start, found.end()), "", f"\n{owner.inner_margin}")


def _are(body: Node, first: str, last: str) -> bool:
    ends = body.children[:1] + body.children[-1:]
    return [end.type for end in ends] == [first, last] and not ends[-1].is_missing
