"""How good a filler is: cases, their outcomes with intervals, and what a confidence is worth."""
