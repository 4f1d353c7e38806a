"""The grid: 81 cells row by row, and which of them may not hold the same digit."""

from __future__ import annotations

from diffgemma_lsp.errors import InputError

SIDE = 9
CELLS = 81
FREE = 0
DIGITS = range(1, 10)

Grid = tuple[int, ...]
"""81 digits, 0 (`FREE`) where a cell is free."""

_FREE_CHARACTERS = ".0_"


def box_of(cell: int) -> int:
    """Return the number of a cell's box, 0 to 8."""
    return cell // 27 * 3 + cell % SIDE // 3


def _units() -> tuple[tuple[int, ...], ...]:
    rows = [tuple(range(SIDE * row, SIDE * row + SIDE)) for row in range(SIDE)]
    columns = [tuple(range(column, CELLS, SIDE)) for column in range(SIDE)]
    boxes = [tuple(cell for cell in range(CELLS) if box_of(cell) == box) for box in range(SIDE)]
    return (*rows, *columns, *boxes)


UNITS = _units()
"""The cells of each row, then of each column, then of each box: each holds every digit once."""

PEERS = tuple(
    tuple(sorted({other for unit in UNITS if cell in unit for other in unit} - {cell})) for cell in range(CELLS)
)
"""For each cell the 20 others that share a row, a column or a box with it."""


def conflicts(grid: Grid) -> frozenset[int]:
    """Return the cells whose digit stands in one of their peers, too."""
    return frozenset(
        cell for cell in range(CELLS) if grid[cell] != FREE and any(grid[cell] == grid[peer] for peer in PEERS[cell])
    )


def is_solution(grid: Grid, puzzle: Grid) -> bool:
    """Say whether a grid is full, keeps the clues of the puzzle and repeats no digit."""
    keeps = all(clue in (FREE, digit) for clue, digit in zip(puzzle, grid, strict=True))
    return keeps and FREE not in grid and not conflicts(grid)


def clue_count(puzzle: Grid) -> int:
    """Return how many cells of a puzzle are given."""
    return CELLS - puzzle.count(FREE)


def read_grid(text: str) -> Grid:
    """Return the grid that a text spells: 81 digits, with "." (or "0", "_") where a cell is free; blanks do not count.

    Raises InputError where it spells none.
    """
    signs = "".join(text.split())
    wrong = sorted(set(signs) - set("123456789" + _FREE_CHARACTERS))
    if wrong:
        raise InputError(f'a grid has no "{wrong[0]}": write digits from 1 to 9, and "." for a free cell')
    if len(signs) != CELLS:
        raise InputError(f"a grid has 81 cells, this one {len(signs)}: write nine rows of nine")
    return tuple(FREE if sign in _FREE_CHARACTERS else int(sign) for sign in signs)


def write_grid(grid: Grid) -> str:
    """Return a grid as 81 characters, "." for a free cell."""
    return "".join(str(digit) if digit else "." for digit in grid)
