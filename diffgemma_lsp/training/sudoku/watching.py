"""What happens to each cell of a grid at a denoising step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import torch

from diffgemma_lsp.diffusion.backend import Backend
from diffgemma_lsp.diffusion.denoise import Denoising
from diffgemma_lsp.sudoku.grid import FREE, Grid
from diffgemma_lsp.training.sudoku.solving import grids, settle


class Mark(Enum):
    """What a cell is: a clue; accepted; accepted at the step before but no more, or as another digit; not accepted."""

    CLUE = "clue"
    ACCEPTED = "accepted"
    RENOISED = "renoised"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Frame:
    """A grid after denoising step `step`, counted up from 0: the best digit and the mark of each cell."""

    step: int
    grid: Grid
    marks: tuple[Mark, ...]


def frames(backend: Backend, clues: Grid, how: Denoising, seed: int) -> Iterator[Frame]:
    """Yield a puzzle's grid after each step."""
    generator = torch.Generator(backend.device).manual_seed(seed)
    before: dict[int, int] = {}
    for draft in settle(backend, [clues], how, generator):
        grid, accepted = grids(draft.ids)[0], draft.accepted[0].tolist()
        yield Frame(draft.step, grid, _marks(clues, grid, accepted, before))
        before = {cell: digit for cell, digit in enumerate(grid) if accepted[cell]}


def _marks(clues: Grid, grid: Grid, accepted: Sequence[bool], before: dict[int, int]) -> tuple[Mark, ...]:
    marks = []
    for cell, digit in enumerate(grid):
        if clues[cell] != FREE:
            marks.append(Mark.CLUE)
        elif cell in before and (not accepted[cell] or before[cell] != digit):
            marks.append(Mark.RENOISED)
        else:
            marks.append(Mark.ACCEPTED if accepted[cell] else Mark.OPEN)
    return tuple(marks)
