import random

import pytest

from diffgemma_lsp.sudoku.grid import CELLS, clue_count, is_solution
from diffgemma_lsp.sudoku.solver import is_unique
from diffgemma_lsp.sudoku.symmetry import random_symmetry
from tests.sudoku.puzzles import PUZZLE


@pytest.mark.parametrize("seed", range(20))
def test_a_symmetry_keeps_a_puzzle_a_puzzle(seed: int) -> None:
    symmetry = random_symmetry(random.Random(seed))
    assert sorted(symmetry.cells) == list(range(CELLS))
    assert sorted(symmetry.digits) == list(range(10))
    assert symmetry.digits[0] == 0
    moved = symmetry.apply(PUZZLE)
    assert is_solution(moved.solution, moved.clues)
    assert is_unique(moved.clues)
    assert clue_count(moved.clues) == clue_count(PUZZLE.clues)


def test_symmetries_differ_and_some_flip_the_grid() -> None:
    drawn = [random_symmetry(random.Random(seed)) for seed in range(40)]
    assert len({symmetry.cells for symmetry in drawn}) == 40
    # The second cell comes from the first one's row, or from its column where the grid was flipped.
    is_flipped = [symmetry.cells[0] // 9 != symmetry.cells[1] // 9 for symmetry in drawn]
    assert True in is_flipped
    assert False in is_flipped
