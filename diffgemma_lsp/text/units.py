"""Columns as editors count them: in the code units of an encoding that the editor chose."""

from __future__ import annotations

from typing import Literal

UnitEncoding = Literal["utf-8", "utf-16", "utf-32"]

_CODECS = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_WIDTHS = {"utf-8": 1, "utf-16": 2, "utf-32": 4}
# An editor may hold half of a pair of surrogates, which is no text, but still has a width.
_ERRORS = "surrogatepass"


def to_characters(line: str, units: int, encoding: UnitEncoding) -> int:
    """Return how many code points of `line` stand before column `units`.

    A column past the end means the end, as the protocol says; one inside a character means the start of it.
    """
    if line.isascii():
        return min(units, len(line))
    data = line.encode(_CODECS[encoding], _ERRORS)[: units * _WIDTHS[encoding]]
    count = len(data.decode(_CODECS[encoding], "ignore"))
    # What a decoder ignores may also be a lone surrogate of the line's own, so the count is made good by measuring.
    while count < len(line) and to_units(line[: count + 1], encoding) <= units:
        count += 1
    return count


def to_units(line: str, encoding: UnitEncoding) -> int:
    """Return the width of `line` in code units."""
    if line.isascii():
        return len(line)
    return len(line.encode(_CODECS[encoding], _ERRORS)) // _WIDTHS[encoding]
