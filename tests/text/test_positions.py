"""Positions from 1 in lines and columns, offsets from 0 in code points."""

import re

import pytest

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.text import LineIndex, Position

TEXT = "ab\n\ncdé😀f\n"


@pytest.mark.parametrize(
    ("position", "offset"),
    [
        (Position(1, 1), 0),
        (Position(1, 3), 2),
        (Position(2, 1), 3),
        (Position(3, 3), 6),
        (Position(3, 5), 8),
        (Position(3, 6), 9),
        (Position(4, 1), 10),
    ],
)
def test_a_position_and_its_offset_name_each_other(position: Position, offset: int) -> None:
    index = LineIndex.of(TEXT)
    assert index.offset(position) == offset
    assert index.position(offset) == position


@pytest.mark.parametrize(
    ("position", "message"),
    [
        (Position(5, 1), "line 5 is outside the file; name a line from 1 to 4"),
        (Position(0, 1), "line 0 is outside the file; name a line from 1 to 4"),
        (Position(1, 4), "column 4 is outside line 1; name a column from 1 to 3"),
        (Position(1, 0), "column 0 is outside line 1; name a column from 1 to 3"),
        (Position(4, 2), "column 2 is outside line 4; name a column from 1 to 1"),
    ],
)
def test_a_position_outside_the_text_is_answered_with_the_range_that_is_valid(position: Position, message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        LineIndex.of(TEXT).offset(position)


def test_a_line_ends_before_its_line_end() -> None:
    index = LineIndex.of(TEXT)
    assert [index.line_end(line) for line in (1, 2, 3, 4)] == [2, 3, 9, 10]


def test_only_a_line_feed_separates_lines() -> None:
    assert LineIndex.of("a\fb\vc\u2028d\x85e").starts == (0,)


def test_an_empty_text_has_one_position() -> None:
    assert LineIndex.of("").offset(Position(1, 1)) == 0


def test_a_position_reads_as_people_write_it() -> None:
    assert str(Position(10, 5)) == "10:5"
