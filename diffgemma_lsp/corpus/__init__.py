"""Python code to learn from and to measure on: packages, folders, duplicates, and the holes that are cut into it.

Knows no model and needs no torch.
"""
