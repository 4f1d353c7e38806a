"""A text that stands in a place like the hole's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Precedent:
    """`text` is what the hole would hold if it were filled like line `line`, counted from 1, of `path` and on from it.

    Its names are those of the hole's surroundings. `score` says how alike the lines of both places are, from 0 to 2.
    It is more, up to about 3, where several places have the same text, and where much that begins as is typed goes on
    so. `context` says how much the characters next to the hole are the same, from 0 to about 10. One of both may be 0.
    """

    text: str
    score: float
    path: str
    line: int
    context: float = 0.0
