import random
from pathlib import Path

import pytest

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.sudoku.grid import clue_count
from diffgemma_lsp.sudoku.solver import is_unique
from diffgemma_lsp.training.sudoku.examples import (
    CLASSES,
    cells_of,
    draw,
    held_out_puzzles,
    read_puzzles,
    sparse_puzzles,
    write_puzzles,
)
from diffgemma_lsp.training.sudoku.vocabulary import answer_tokens, clue_tokens
from tests.sudoku.puzzles import CLUES, PUZZLE, SOLUTION


def test_held_out_puzzles_are_unique_and_of_their_class() -> None:
    classes = held_out_puzzles(3)
    assert tuple(classes) == CLASSES
    for (least, most), puzzles in classes.items():
        assert len(puzzles) == 3
        assert all(least <= clue_count(puzzle.clues) <= most and is_unique(puzzle.clues) for puzzle in puzzles)
    assert held_out_puzzles(3) == classes
    assert held_out_puzzles(3, seed=1) != classes


def test_held_out_grids_are_none_that_training_draws() -> None:
    held_out = {puzzle.solution for puzzles in held_out_puzzles(5).values() for puzzle in puzzles}
    assert len(held_out) == 5
    assert not held_out & {puzzle.solution for puzzle in sparse_puzzles("0", 5)}


def test_cells_hold_clues_where_given_and_answers_where_free() -> None:
    cells = cells_of([PUZZLE])
    expected = [
        clue if digit else answer
        for digit, clue, answer in zip(CLUES, clue_tokens(CLUES), answer_tokens(SOLUTION), strict=True)
    ]
    assert cells.clean[0].tolist() == expected
    assert cells.free[0].tolist() == [digit == 0 for digit in CLUES]


def test_drawn_puzzles_have_their_clues_and_differ() -> None:
    cells = draw([PUZZLE], 8, (40, 42), random.Random(0))
    clues = (~cells.free).sum(dim=1)
    assert ((clues >= 40) & (clues <= 42)).all()
    assert len({tuple(row) for row in cells.clean.tolist()}) == 8
    assert draw([PUZZLE], 8, (40, 42), random.Random(0)).clean.equal(cells.clean)


def test_puzzles_come_back_from_a_file(tmp_path: Path) -> None:
    write_puzzles(tmp_path / "puzzles.jsonl", [PUZZLE, PUZZLE])
    assert read_puzzles(tmp_path / "puzzles.jsonl") == [PUZZLE, PUZZLE]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("nonsense", "line 1, is no puzzle (Expecting value: line 1 column 1 (char 0)): remove it, it is made again"),
        ('["1", "2"]', "line 1, is no puzzle (a grid has 81 cells, this one 1: write nine rows of nine): remove it,"),
        (f'["{"1" * 81}", "{"1" * 81}"]', "line 1: the second grid does not solve the first: remove it"),
    ],
)
def test_a_file_that_holds_no_puzzles_is_refused(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "puzzles.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_puzzles(path)
    assert f"{path}, {message}" in str(caught.value)
