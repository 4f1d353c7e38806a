import random

import pytest

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.sudoku.generator import sparse_puzzle, with_clues
from diffgemma_lsp.sudoku.grid import clue_count, is_solution
from diffgemma_lsp.sudoku.solver import is_unique, solve
from tests.sudoku.puzzles import PUZZLE


@pytest.mark.parametrize("seed", range(3))
def test_a_sparse_puzzle_has_one_solution_and_loses_it_with_any_clue(seed: int) -> None:
    puzzle = sparse_puzzle(random.Random(seed))
    assert solve(puzzle.clues) == puzzle.solution
    assert is_unique(puzzle.clues)
    assert is_solution(puzzle.solution, puzzle.clues)
    for cell, clue in enumerate(puzzle.clues):
        if clue:
            assert not is_unique((*puzzle.clues[:cell], 0, *puzzle.clues[cell + 1 :]))


def test_the_same_seed_makes_the_same_puzzle() -> None:
    assert sparse_puzzle(random.Random(5)) == sparse_puzzle(random.Random(5))
    assert sparse_puzzle(random.Random(5)) != sparse_puzzle(random.Random(6))


@pytest.mark.parametrize("count", [50, 60, 80])
def test_clues_are_added_from_the_solution(count: int) -> None:
    puzzle = with_clues(PUZZLE, count, random.Random(0))
    assert clue_count(puzzle.clues) == count
    assert is_unique(puzzle.clues)
    assert all(new == old for new, old in zip(puzzle.clues, PUZZLE.clues, strict=True) if old)
    assert is_solution(puzzle.solution, puzzle.clues)


def test_a_puzzle_never_loses_clues() -> None:
    assert with_clues(PUZZLE, 20, random.Random(0)) == PUZZLE


@pytest.mark.parametrize("count", [0, 81])
def test_a_puzzle_needs_clues_and_a_free_cell(count: int) -> None:
    with pytest.raises(InputError) as caught:
        with_clues(PUZZLE, count, random.Random(0))
    assert str(caught.value) == f"a puzzle cannot have {count} clues: ask for 17 to 80"
