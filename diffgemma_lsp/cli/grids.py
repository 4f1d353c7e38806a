"""A Sudoku settling in a terminal, with the digits that denoising takes back."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from diffgemma_lsp.cli.terminal import is_terminal
from diffgemma_lsp.sudoku.grid import SIDE, Grid, conflicts

if TYPE_CHECKING:
    from diffgemma_lsp.training.sudoku.watching import Frame

# By the value of a cell's mark: how it is coloured, and the sign behind its digit where there are no colours.
_STYLES = {
    "clue": ("bold", " "),
    "accepted": ("green", "'"),
    "renoised": ("bold white on red", "!"),
    "open": ("dim", "?"),
}
LEGEND = "clue, ' accepted, ! taken back, ? open"


def render(frame: Frame) -> Text:
    """Return a grid under a line that says which step this is; each digit with the sign of its mark behind it."""
    marks = [mark.value for mark in frame.marks]
    wrong = len(conflicts(frame.grid))
    text = Text()
    text.append(
        f"step {frame.step + 1}  accepted {marks.count('accepted')}  taken back {marks.count('renoised')}"
        f"  open {marks.count('open')}  in conflict {wrong}\n",
        "bold",
    )
    for cell, (digit, mark) in enumerate(zip(frame.grid, marks, strict=True)):
        row, column = divmod(cell, SIDE)
        if column == 0 and row in {3, 6}:
            text.append("------+-------+------\n")
        if column in {3, 6}:
            text.append("| ")
        style, sign = _STYLES[mark]
        text.append(f"{digit}{sign}", style)
        if column == SIDE - 1:
            text.append("\n")
    text.append(LEGEND, "dim")
    return text


def show(frames: Iterable[Frame], stream: TextIO, pause_seconds: float = 0.25) -> Grid:
    """Show a grid after each step, no faster than an eye can follow, and return the last.

    On a terminal it is rewritten in place and left there; elsewhere one stands below the other.
    """
    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    grid: Grid = ()
    if not is_terminal(stream):
        for frame in frames:
            console.print(render(frame))
            grid = frame.grid
        return grid
    with Live(console=console, auto_refresh=False) as live:
        for frame in frames:
            live.update(render(frame), refresh=True)
            grid = frame.grid
            time.sleep(pause_seconds)
    return grid
