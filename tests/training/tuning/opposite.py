"""A task that is worse off for all that is learned."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from diffgemma_lsp.fill import Filler
from diffgemma_lsp.training.batch import Batch, corrupted, side_by_side
from diffgemma_lsp.training.layout import Canvas
from diffgemma_lsp.training.tuning.task import Kind, Quality


@dataclass(frozen=True, slots=True)
class Opposite:
    """A task whose held-out examples are the less likely the more is learned."""

    digest: str = "same"
    summary: str = "one token"

    def batch(self, step: int) -> Batch:
        """Return nothing but the token 40."""
        return self._of(40)

    def held_out(self) -> Sequence[Batch]:
        """Return nothing but the token 50."""
        return [self._of(50)]

    def measure(self, filler: Filler) -> Quality:
        """Return that all is wrong."""
        return Quality(0.0, 1.0, 1)

    def _of(self, token: int) -> Batch:
        canvas = Canvas(4)
        canvas.add_hole([token] * 4, 8, filler=token)
        ids = torch.full((2, 8), token)
        return Batch(ids, ids > 0, corrupted(side_by_side([[canvas]] * 2, 8), 60, random.Random(0)))


KIND = Kind(lambda request, dialect: Opposite())
