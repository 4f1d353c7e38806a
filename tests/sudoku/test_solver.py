import random
from itertools import islice

import pytest

from diffgemma_lsp.sudoku.grid import CELLS, Grid, is_solution
from diffgemma_lsp.sudoku.solver import is_unique, settled_by_singles, solutions, solve
from tests.sudoku.puzzles import CLUES, HARD, SOLUTION

EMPTY = (0,) * CELLS


@pytest.mark.parametrize("puzzle", [CLUES, HARD])
def test_a_puzzle_with_one_solution_is_solved_and_known_as_unique(puzzle: Grid) -> None:
    solution = solve(puzzle)
    assert solution is not None
    assert is_solution(solution, puzzle)
    assert list(solutions(puzzle)) == [solution]
    assert is_unique(puzzle)


def test_every_solution_comes_once() -> None:
    few = tuple(digit if digit in {1, 2, 3, 4, 5, 6, 7} else 0 for digit in SOLUTION)
    found = list(islice(solutions(few), 1000))
    assert len(found) == len(set(found)) > 1
    assert all(is_solution(grid, few) for grid in found)
    assert SOLUTION in found


def test_a_puzzle_with_several_solutions_is_not_unique() -> None:
    assert not is_unique(EMPTY)
    assert len(set(islice(solutions(EMPTY), 50))) == 50


@pytest.mark.parametrize("puzzle", [(1, 1, *EMPTY[2:]), (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, *EMPTY[10:])])
def test_a_contradiction_has_no_solution(puzzle: Grid) -> None:
    assert solve(puzzle) is None
    assert not is_unique(puzzle)


def test_a_generator_decides_which_solution_comes_first() -> None:
    first = next(solutions(EMPTY, random.Random(1)))
    assert first == next(solutions(EMPTY, random.Random(1)))
    assert first != next(solutions(EMPTY, random.Random(2)))
    assert is_solution(first, EMPTY)


def test_singles_settle_an_easy_puzzle_and_not_a_hard_one() -> None:
    assert settled_by_singles(CLUES) == SOLUTION
    stuck = settled_by_singles(HARD)
    assert 0 in stuck
    solution = solve(HARD)
    assert solution is not None
    assert all(digit in (0, right) for digit, right in zip(stuck, solution, strict=True))
