"""Columns in the code units of an editor."""

from __future__ import annotations

from random import Random

import pytest

from diffgemma_lsp.text.units import UnitEncoding, to_characters, to_units

CASES: tuple[tuple[UnitEncoding, int], ...] = (("utf-8", 9), ("utf-16", 4), ("utf-32", 3))


@pytest.mark.parametrize(("encoding", "width"), CASES)
def test_a_line_is_as_wide_as_its_code_units(encoding: UnitEncoding, width: int) -> None:
    assert to_units("é漢😀", encoding) == width
    assert to_characters("é漢😀", width, encoding) == 3


@pytest.mark.parametrize(("encoding", "width"), CASES)
def test_a_column_inside_a_character_means_its_start(encoding: UnitEncoding, width: int) -> None:
    if encoding != "utf-32":
        assert to_characters("é漢😀", width - 1, encoding) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_a_column_past_the_end_means_the_end(encoding: UnitEncoding) -> None:
    assert to_characters("ab", 9, encoding) == 2
    assert to_characters("é", 9, encoding) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_half_of_a_surrogate_pair_has_a_width_and_is_no_error(encoding: UnitEncoding) -> None:
    line = "a\ud83db"
    for count in range(len(line) + 1):
        assert to_characters(line, to_units(line[:count], encoding), encoding) == count


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_every_character_of_a_random_line_is_found_again(encoding: UnitEncoding) -> None:
    line = "".join(Random(1).choices("aé漢😀\u2028\f", k=200))
    for count in range(len(line) + 1):
        assert to_characters(line, to_units(line[:count], encoding), encoding) == count
