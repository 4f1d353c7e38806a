"""What the first process of a Sudoku run does beside training, by the clock: it reports, saves and measures."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.prompts.profile import read_profile
from diffgemma_lsp.training.optimizer import Optimizer
from diffgemma_lsp.training.sudoku.checkpoint import SUDOKU_PROFILE
from diffgemma_lsp.training.sudoku.examples import held_out_puzzles
from diffgemma_lsp.training.sudoku.objective import Losses
from diffgemma_lsp.training.sudoku.run import RunFolder, Tally
from diffgemma_lsp.training.sudoku.score import Score
from diffgemma_lsp.training.sudoku.shape import VOCABULARY_SIZE
from diffgemma_lsp.training.sudoku.solving import denoising, solve

REPORT_SECONDS = 30.0
SNAPSHOT_SECONDS = 120.0
CASES = 5
"""Held-out puzzles of each class that a run is watched by."""

WATCHED_SEED = 1_000_000
"""The puzzles that a run is watched by are not those that `diffgemma eval` measures it by."""


@dataclass(frozen=True, slots=True)
class Report:
    """What happened since the last report: mean losses in nats, of free cells from noise and in order.

    `score` is that of the averages of the weights on held-out puzzles where they were saved, None elsewhere.
    """

    share: float
    tally: Tally
    denoised: float
    ordered: float
    score: Score | None = None


class Journal:
    """Reports, and saves with a score. Closing it does both again."""

    def __init__(
        self,
        model: Any,
        optimizer: Optimizer,
        tally: Tally,
        folder: RunFolder,
        seed: int,
        report: Callable[[Report], None],
    ) -> None:
        self._backend = TransformersBackend(model)
        self._how = denoising(read_profile(SUDOKU_PROFILE).sampling, VOCABULARY_SIZE)
        self._puzzles = [puzzle for some in held_out_puzzles(CASES, WATCHED_SEED).values() for puzzle in some]
        self._optimizer, self._tally, self._folder, self._seed = optimizer, tally, folder, seed
        self._report = report
        self._reported_at = self._saved_at = time.monotonic()
        self._losses: list[tuple[float, float]] = []
        self._share = 0.0

    def after_step(self, share: float, result: Losses) -> None:
        """Note the losses of a step, and do what is due."""
        self._share = share
        self._losses.append((float(result.denoised.mean()), float(result.ordered.mean())))
        now = time.monotonic()
        if now - self._saved_at >= SNAPSHOT_SECONDS:
            self._reported_at = self._saved_at = now
            self._save()
        elif now - self._reported_at >= REPORT_SECONDS:
            self._reported_at = now
            self._tell()

    def close(self) -> None:
        """Report and save the end."""
        self._save()

    def _save(self) -> None:
        self._folder.save(self._seed, self._tally, self._optimizer.state())
        if self._losses:
            self._tell(self._measured())

    def _measured(self) -> Score:
        with self._optimizer.averaged():
            answers = list(solve(self._backend, [puzzle.clues for puzzle in self._puzzles], self._how, WATCHED_SEED))
        return Score.of(self._puzzles, answers)

    def _tell(self, score: Score | None = None) -> None:
        denoised, ordered = (sum(values) / len(values) for values in zip(*self._losses, strict=True))
        self._report(Report(self._share, replace(self._tally), denoised, ordered, score))
        self._losses.clear()
