"""What turns a puzzle into another that is just as hard: there are over 3 x 10^12 ways for each."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from diffgemma_lsp.sudoku.generator import Puzzle
from diffgemma_lsp.sudoku.grid import CELLS, FREE, SIDE, Grid


@dataclass(frozen=True, slots=True)
class Symmetry:
    """`cells[i]` is the cell that comes to stand at i; `digits[d]` is what digit d becomes, and 0 (free) stays 0."""

    cells: tuple[int, ...]
    digits: tuple[int, ...]

    def apply(self, puzzle: Puzzle) -> Puzzle:
        """Return the puzzle with its cells moved and its digits renamed."""
        return Puzzle(self._moved(puzzle.clues), self._moved(puzzle.solution))

    def _moved(self, grid: Grid) -> Grid:
        return tuple([self.digits[grid[cell]] for cell in self.cells])


def random_symmetry(rng: random.Random) -> Symmetry:
    """Return new names for the digits, a new order of bands, of stacks and of the lines in each, and maybe a flip."""
    rows, columns = _lines(rng), _lines(rng)
    is_flipped = rng.random() < 0.5
    cells = [column * SIDE + row if is_flipped else row * SIDE + column for row in rows for column in columns]
    assert len(cells) == CELLS
    return Symmetry(tuple(cells), (FREE, *_shuffled(range(1, SIDE + 1), rng)))


def _lines(rng: random.Random) -> list[int]:
    return [3 * band + line for band in _shuffled(range(3), rng) for line in _shuffled(range(3), rng)]


def _shuffled(items: Sequence[int], rng: random.Random) -> list[int]:
    return rng.sample(items, len(items))
