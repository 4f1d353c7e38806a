"""What is measured: `python -m benchmarks` runs everything on this machine and writes a table and a JSON file.

Compared figures come from one run, in alternation, and are given as ratios: machines drift.
"""
