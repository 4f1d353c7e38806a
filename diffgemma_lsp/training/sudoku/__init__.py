"""Sudoku learned from random weights: what tuning does to a diffusion model, where every answer can be checked.

    examples ─► objective ─► loop ─► run ─► checkpoint ─► solving, left_to_right ─► score ─► picture
    (puzzles)   (losses)   (weights) (files)  (folder)        (answers)            (shares)   (SVG)

Canvases are denoised by the loop that fills code, `diffusion.denoise`; nothing here renoises on its own but training.
"""
