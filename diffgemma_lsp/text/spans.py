"""Spans, edits and places: where something stands in a text, in offsets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open: from offset `start` up to, but without, offset `end`; both in code points. Empty at a cursor."""

    start: int
    end: int

    def __post_init__(self) -> None:
        assert 0 <= self.start <= self.end, f"a span runs forwards, not {self.start} to {self.end}"


@dataclass(frozen=True, slots=True)
class Edit:
    r"""Put `text`, with `\n` line ends, where `span` stands."""

    span: Span
    text: str


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return `text` with all `edits` applied. They are in document order and do not overlap; spans are of `text`."""
    parts: list[str] = []
    done = 0
    for edit in edits:
        assert done <= edit.span.start, "edits are in document order and do not overlap"
        parts += (text[done : edit.span.start], edit.text)
        done = edit.span.end
    parts.append(text[done:])
    return "".join(parts)
