"""Puzzles with one solution, small enough to read."""

from diffgemma_lsp.sudoku.generator import Puzzle
from diffgemma_lsp.sudoku.grid import read_grid

SOLUTION = read_grid(
    """
    617 958 324
    852 347 196
    943 126 875
    365 819 247
    798 462 513
    124 735 689
    271 693 458
    586 274 931
    439 581 762
    """
)
CLUES = read_grid(
    """
    ..7 9.. .24
    ..2 ... ...
    ..3 1.6 8..
    .6. ..9 2.7
    79. ... 5.3
    ..4 .3. ..9
    ... .93 ..8
    5.. 27. 931
    ..9 5.. .6.
    """
)
PUZZLE = Puzzle(CLUES, SOLUTION)

HARD = read_grid("8.........4.....59..5.7...3..9......61..42......38.6....19..8.4.3.65.92...42.....")
"""It needs guesses, or rules beyond singles."""
