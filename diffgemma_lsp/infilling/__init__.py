"""From a task to answers: which rows are denoised, lines that are written, precedents, and how all are ranked.

Knows a `Backend`, and neither weights nor checkpoints.
"""
