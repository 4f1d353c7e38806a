"""Places as a command line names them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.text import MARKER, LineIndex, Place, Position, Span, marked_places, spanned_places

_NUMBER = r"(\d{1,9})"
_AT = re.compile(f"{_NUMBER}:{_NUMBER}")
_LINES = re.compile(f"{_NUMBER}(?:-{_NUMBER})?")
_SPAN = re.compile(f"{_NUMBER}:{_NUMBER}-{_NUMBER}:{_NUMBER}")


def find_places(
    text: str, name: str, at: Sequence[str], lines: Sequence[str], spans: Sequence[str]
) -> tuple[Place, ...]:
    """Return the holes of `text` in document order: those that the options name, or else those that its markers mark.

    Where a place is named, a marker is text like any other: a file may be about markers. `name` is what messages call
    the file. Raises InputError for an option that is malformed, lies outside the text or meets another, and where there
    is neither option nor marker.
    """
    index = LineIndex.of(text)
    named = [
        *_read("--at", "LINE:COL, such as 10:5", _AT, at, lambda *numbers: _cursor(index, *numbers)),
        *_read(
            "--lines", "one line or a range, such as 10-14", _LINES, lines, lambda *numbers: _lines(index, *numbers)
        ),
        *_read("--span", "LINE:COL-LINE:COL, such as 10:5-12:1", _SPAN, spans, lambda *numbers: _span(index, *numbers)),
    ]
    places = spanned_places(text, named) if named else marked_places(text)
    if not places:
        raise InputError(f"{name} has no {MARKER} and no place is named; mark one, or use --at, --lines or --span")
    return places


def _read(
    option: str, form: str, pattern: re.Pattern[str], values: Sequence[str], span_of: Callable[..., Span]
) -> Iterator[Span]:
    for value in values:
        found = pattern.fullmatch(value)
        if not found:
            raise InputError(f"{option} takes {form}, counted from 1, not {value!r}")
        try:
            yield span_of(*(int(number) for number in found.groups() if number))
        except InputError as error:
            raise InputError(f"{option} {value}: {error}") from error


def _cursor(index: LineIndex, line: int, column: int) -> Span:
    offset = index.offset(Position(line, column))
    return Span(offset, offset)


def _lines(index: LineIndex, first: int, last: int | None = None) -> Span:
    return _forwards(index.offset(Position(first, 1)), index.line_end(first if last is None else last))


def _span(index: LineIndex, line: int, column: int, end_line: int, end_column: int) -> Span:
    return _forwards(index.offset(Position(line, column)), index.offset(Position(end_line, end_column)))


def _forwards(start: int, end: int) -> Span:
    if end < start:
        raise InputError("it runs backwards; name its start first")
    return Span(start, end)
