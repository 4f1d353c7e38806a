"""Logistic regression: from what is known of answers, or of tokens, to how likely they are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from diffgemma_lsp.prompts.calibration import FEATURES, Features, Weights

_ROUNDS = 40
# Weights are drawn to zero as if this many answers of each kind spoke against them: few cases must not make one huge.
_PENALTY = 1.0


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of an answer, and whether it was right."""

    features: Features
    is_right: bool


def fit(answers: Sequence[Judged]) -> Weights:
    """Return the weights under which what is known of at least one answer explains best which were right."""
    rows = [[getattr(answer.features, name) for name in FEATURES] for answer in answers]
    return Weights(*regression(rows, [answer.is_right for answer in answers]))


def regression(rows: Sequence[Sequence[float]], hits: Sequence[bool]) -> list[float]:
    """Return a bias and a weight for each column of at least one row, under which they explain best which are hits.

    Newton's method on the logistic likelihood with a quadratic penalty.
    """
    inputs = torch.tensor([[1.0, *row] for row in rows], dtype=torch.float64)
    right = torch.tensor([float(hit) for hit in hits], dtype=torch.float64)
    weights = torch.zeros(inputs.shape[1], dtype=torch.float64)
    penalty = _PENALTY * torch.eye(len(weights), dtype=torch.float64)
    for _ in range(_ROUNDS):
        chances = (inputs @ weights).sigmoid()
        slope = inputs.T @ (right - chances) - penalty @ weights
        curvature = (inputs.T * (chances * (1 - chances))) @ inputs + penalty
        weights = weights + torch.linalg.solve(curvature, slope)
    return [round(value, 3) for value in weights.tolist()]
