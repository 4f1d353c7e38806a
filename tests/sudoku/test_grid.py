import pytest

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.sudoku.grid import (
    CELLS,
    PEERS,
    UNITS,
    box_of,
    clue_count,
    conflicts,
    is_solution,
    read_grid,
    write_grid,
)
from tests.sudoku.puzzles import CLUES, SOLUTION


def test_each_cell_is_in_three_units_and_has_twenty_peers() -> None:
    assert all(len(set(unit)) == 9 for unit in UNITS)
    for cell in range(CELLS):
        assert sum(cell in unit for unit in UNITS) == 3
        assert len(PEERS[cell]) == 20
        assert all(cell in PEERS[peer] for peer in PEERS[cell])


@pytest.mark.parametrize(("cell", "box"), [(0, 0), (10, 0), (8, 2), (40, 4), (27, 3), (80, 8)])
def test_boxes_are_counted_row_by_row(cell: int, box: int) -> None:
    assert box_of(cell) == box


def test_a_grid_is_read_and_written_as_it_is() -> None:
    assert read_grid(write_grid(CLUES)) == CLUES
    assert write_grid(CLUES)[:9] == "..79...24"
    assert clue_count(CLUES) == 81 - write_grid(CLUES).count(".")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x" + "." * 80, 'a grid has no "x": write digits from 1 to 9, and "." for a free cell'),
        ("." * 80, "a grid has 81 cells, this one 80: write nine rows of nine"),
    ],
)
def test_a_text_that_spells_no_grid_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_grid(text)
    assert str(caught.value) == message


def test_a_solution_is_full_keeps_the_clues_and_repeats_nothing() -> None:
    assert is_solution(SOLUTION, CLUES)
    assert not is_solution(CLUES, CLUES)
    other_clue = (SOLUTION[0] % 9 + 1, *CLUES[1:])
    assert not is_solution(SOLUTION, other_clue)
    repeated = (SOLUTION[1], *SOLUTION[1:])
    assert not is_solution(repeated, (0,) * CELLS)
    assert {0, 1} <= conflicts(repeated)
