"""Puzzles solved by the denoising loop: clues are clamped, free cells start as noise, all puzzles side by side."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from diffgemma_lsp.diffusion.backend import Backend
from diffgemma_lsp.diffusion.canvas import Canvas
from diffgemma_lsp.diffusion.denoise import CanvasDraft, Denoising, denoise
from diffgemma_lsp.diffusion.sampler import sampler_of
from diffgemma_lsp.diffusion.schedule import LinearTemperature
from diffgemma_lsp.diffusion.segments import Segment, Slots
from diffgemma_lsp.diffusion.stopping import StableAndConfident
from diffgemma_lsp.prompts.profile import Sampling
from diffgemma_lsp.sudoku.grid import FREE, Grid
from diffgemma_lsp.training.sudoku.vocabulary import DIGIT_TOKENS, FIRST_CLUE, PROMPT, clue_token


@dataclass(frozen=True, slots=True)
class Answer:
    """The grid that a puzzle came to, after how many denoising steps (or tokens, from left to right)."""

    grid: Grid
    steps: int


def segments(clues: Grid) -> list[Segment]:
    """Return the canvas row of a puzzle: clues as they stand, slots between them."""
    row: list[Segment] = []
    for is_free, run in groupby(clues, lambda digit: digit == FREE):
        digits = list(run)
        row.append(Slots(len(digits)) if is_free else tuple(map(clue_token, digits)))
    return row


def denoising(sampling: Sampling, vocabulary: int, adaptive: bool = True) -> Denoising:
    """Return how puzzles are denoised: free cells hold digits alone. Without `adaptive`, every step is taken."""
    bias = torch.full((vocabulary,), -torch.inf)
    bias[:DIGIT_TOKENS] = 0.0
    return Denoising(
        sampling.steps,
        LinearTemperature(sampling.temperature_start, sampling.temperature_end),
        sampler_of(sampling.entropy_bound, sampling.settled),
        # A mean entropy is never under zero.
        StableAndConfident(sampling.stability, sampling.confidence if adaptive else 0.0),
        bias,
    )


def settle(
    backend: Backend, puzzles: Sequence[Grid], how: Denoising, generator: torch.Generator
) -> Generator[CanvasDraft, None, CanvasDraft]:
    """Yield the canvas of puzzles, one a row, after each step, and return the last; noise is drawn from the digits."""
    cache = backend.new_cache()
    backend.prefill(PROMPT, cache)
    canvas = Canvas.build([segments(clues) for clues in puzzles], DIGIT_TOKENS, generator)
    return (yield from denoise(backend, cache, canvas, how, generator))


def solve(backend: Backend, puzzles: Sequence[Grid], how: Denoising, seed: int, rows: int = 100) -> Iterator[Answer]:
    """Yield the answer to each puzzle, one attempt each; `rows` of them are denoised at a time."""
    generator = torch.Generator(backend.device).manual_seed(seed)
    for start in range(0, len(puzzles), rows):
        *_, last = settle(backend, puzzles[start : start + rows], how, generator)
        yield from map(Answer, grids(last.ids), last.steps)


def grids(ids: Tensor) -> list[Grid]:
    """Return the grids that canvases `(B, 81)` of digits and clues spell."""
    digits = torch.where(ids >= FIRST_CLUE, ids - FIRST_CLUE, ids) + 1
    return [tuple(row) for row in digits.tolist()]
