"""Sudoku, as a task whose answers can be checked: grids, a solver, puzzles with exactly one solution.

Pure Python: numbers in, numbers out. Knows no model, no tensor and no terminal. A grid is 81 digits row by row, 0 where
a cell is free.

    solver ─► generator ─► symmetry ─► puzzles
    (count)   (one grid)   (many)      (by number of clues)
"""
