"""Where holes are cut into source text, for training and for evaluation alike. Pure: text and a seeded generator in.

Split points fall at any character, as a cursor does, so that a model cannot learn that holes begin and end at tokens.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

LONGEST = 400
"""Characters of the longest cut: more would not fit into one hole."""


class Kind(Enum):
    """How a hole was cut."""

    LINES = "lines"
    REST_OF_LINE = "rest-of-line"
    BLOCK = "block"
    SPAN = "span"
    EXPRESSION = "expression"


@dataclass(frozen=True, slots=True)
class Cut:
    """A half-open span `[start, end)` of offsets that becomes a hole, and its kind."""

    start: int
    end: int
    kind: Kind


SHARES: dict[Kind, float] = {
    Kind.LINES: 0.30,
    Kind.REST_OF_LINE: 0.20,
    Kind.BLOCK: 0.15,
    Kind.SPAN: 0.25,
    Kind.EXPRESSION: 0.10,
}
"""How often each kind is tried in training."""


def cut(text: str, near: int, rng: random.Random, kind: Kind | None = None) -> Cut | None:
    """Return a hole that begins near an offset, of a kind drawn by `SHARES`; None where the text offers none there."""
    kind = kind or rng.choices(list(SHARES), list(SHARES.values()))[0]
    span = _CUTTERS[kind](text, near, rng)
    if span is None or not 0 < span[1] - span[0] <= LONGEST or not text[span[0] : span[1]].strip():
        return None
    return Cut(*span, kind)


def _line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def _line_end(text: str, offset: int) -> int:
    """Return the offset of the newline that ends the line, or of the text's end."""
    end = text.find("\n", offset)
    return len(text) if end < 0 else end


def _lines(text: str, near: int, rng: random.Random) -> tuple[int, int] | None:
    start = _line_start(text, near)
    end = _line_end(text, start)
    for _ in range(rng.choices((0, 1, 2, 3, 5), (50, 20, 12, 10, 8))[0]):
        end = _line_end(text, min(end + 1, len(text)))
    return _ragged(text, start, end, rng)


def _ragged(text: str, start: int, end: int, rng: random.Random) -> tuple[int, int]:
    # Editors stop in front of the indentation, behind it, or at the end of the line before; all three must be known.
    place = rng.random()
    if place < 0.5:
        start += _leading_space(text, start, end)
    elif place < 0.7 and start > 0:
        start -= 1
    if rng.random() < 0.2 and end < len(text):
        end += 1
    return start, end


def _leading_space(text: str, start: int, end: int) -> int:
    line = text[start:end]
    return len(line) - len(line.lstrip(" \t"))


def _rest_of_line(text: str, near: int, rng: random.Random) -> tuple[int, int] | None:
    start = _line_start(text, near)
    end = _line_end(text, start)
    first = start + _leading_space(text, start, end)
    return (rng.randrange(first, end), end) if first < end else None


def _block(text: str, near: int, rng: random.Random) -> tuple[int, int] | None:
    head = text.find(":\n", near, near + 1500)
    if head < 0:
        return None
    start = head + 2
    depth = _leading_space(text, start, _line_end(text, start))
    if depth <= _leading_space(text, _line_start(text, head), head):
        return None
    end = last = _line_end(text, start)
    while end < len(text):
        line_start = end + 1
        end = _line_end(text, line_start)
        if text[line_start:end].strip():
            if _leading_space(text, line_start, end) < depth or end - start > LONGEST:
                break
            last = end
    return _ragged(text, start, last, rng)


def _span(text: str, near: int, rng: random.Random) -> tuple[int, int] | None:
    length = round(2 ** rng.uniform(0, 7.5))
    return near, min(near + length, len(text))


_OPENING = re.compile(r"[(\[{]|(?<![=!<>:+*/-])= |\breturn |\bif |\bin ")


def _expression(text: str, near: int, _: random.Random) -> tuple[int, int] | None:
    found = _OPENING.search(text, near, near + 300)
    if found is None:
        return None
    is_bracket = found[0] in "([{"
    depth = 0
    for offset in range(found.end(), min(found.end() + LONGEST, len(text))):
        character = text[offset]
        depth += (character in "([{") - (character in ")]}")
        if depth < 0 or (character == "\n" and depth == 0 and not is_bracket):
            return found.end(), offset - text[:offset].endswith(":")
    return None


_CUTTERS: dict[Kind, Callable[[str, int, random.Random], tuple[int, int] | None]] = {
    Kind.LINES: _lines,
    Kind.REST_OF_LINE: _rest_of_line,
    Kind.BLOCK: _block,
    Kind.SPAN: _span,
    Kind.EXPRESSION: _expression,
}
