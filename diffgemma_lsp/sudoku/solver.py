"""Finds the solutions of a puzzle, by trying the cell with the fewest candidates first."""

from __future__ import annotations

import random
from collections.abc import Iterator

from diffgemma_lsp.sudoku.grid import CELLS, DIGITS, FREE, PEERS, UNITS, Grid, conflicts

_ALL = sum(1 << digit for digit in DIGITS)
_UNITS_OF = tuple(tuple(number for number, unit in enumerate(UNITS) if cell in unit) for cell in range(CELLS))


def solve(puzzle: Grid) -> Grid | None:
    """Return a solution of the puzzle, None where it has none."""
    return next(solutions(puzzle), None)


def is_unique(puzzle: Grid) -> bool:
    """Say whether the puzzle has exactly one solution."""
    found = solutions(puzzle)
    return next(found, None) is not None and next(found, None) is None


def solutions(puzzle: Grid, rng: random.Random | None = None) -> Iterator[Grid]:
    """Yield every solution of the puzzle once; in random order if `rng` is given, else by ascending digits.

    1. Note as bits which digits each unit holds. 2. Take the free cell with the fewest digits left. 3. Try each of them
    there, and go on from 2 until no cell is free.
    """
    if conflicts(puzzle):
        return
    held = [sum(1 << puzzle[cell] for cell in unit if puzzle[cell] != FREE) for unit in UNITS]
    yield from _search(list(puzzle), held, [cell for cell in range(CELLS) if puzzle[cell] == FREE], rng)


def _search(grid: list[int], held: list[int], free: list[int], rng: random.Random | None) -> Iterator[Grid]:
    if not free:
        yield tuple(grid)
        return
    place, left = _narrowest(held, free)
    cell = free.pop(place)
    digits = [digit for digit in DIGITS if left >> digit & 1]
    if rng is not None:
        rng.shuffle(digits)
    for digit in digits:
        grid[cell] = digit
        for unit in _UNITS_OF[cell]:
            held[unit] |= 1 << digit
        yield from _search(grid, held, free, rng)
        for unit in _UNITS_OF[cell]:
            held[unit] &= ~(1 << digit)
    grid[cell] = FREE
    free.insert(place, cell)


def _narrowest(held: list[int], free: list[int]) -> tuple[int, int]:
    """Return the place in `free` of the cell with the fewest candidates, and those as bits."""
    best, best_left, fewest = 0, 0, 10
    for place, cell in enumerate(free):
        row, column, box = _UNITS_OF[cell]
        left = _ALL & ~(held[row] | held[column] | held[box])
        count = left.bit_count()
        if count < fewest:
            best, best_left, fewest = place, left, count
            if count <= 1:
                break
    return best, best_left


def settled_by_singles(puzzle: Grid) -> Grid:
    """Return the puzzle with all that follows without trying: a cell's only digit, or a digit's only cell in a unit.

    A puzzle that is full afterwards is easy; how far one gets is a measure of how hard it is.
    """
    grid = list(puzzle)
    left = [0 if grid[cell] else _ALL & ~sum({1 << grid[peer] for peer in PEERS[cell]}) for cell in range(CELLS)]
    while True:
        found = _single(left)
        if found is None:
            return tuple(grid)
        cell, bit = found
        grid[cell], left[cell] = bit.bit_length() - 1, 0
        for peer in PEERS[cell]:
            left[peer] &= ~bit


def _single(left: list[int]) -> tuple[int, int] | None:
    for cell in range(CELLS):
        if left[cell].bit_count() == 1:
            return cell, left[cell]
    for unit in UNITS:
        for digit in DIGITS:
            places = [cell for cell in unit if left[cell] >> digit & 1]
            if len(places) == 1:
                return places[0], 1 << digit
    return None
