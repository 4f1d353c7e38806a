"""Which of several rows of different lengths is the best."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from diffgemma_lsp.diffusion.backend import Backend
from diffgemma_lsp.diffusion.cache import PrefixCache


def log_likelihoods(backend: Backend, cache: PrefixCache, rows: Sequence[Sequence[int]]) -> list[list[float]]:
    """Return the encoder's log-probability of each token of each row, in nats, as text that follows the cache.

    Rows that end with the same suffix are comparable by their sums, whatever their lengths: a middle that is too short
    or too long makes the suffix unlikely. `rows` hold clean tokens, without fillers.
    """
    longest = max((len(row) for row in rows), default=0)
    if longest == 0:
        return [[] for _ in rows]
    padded = torch.zeros((len(rows), longest), dtype=torch.long)
    for index, row in enumerate(rows):
        padded[index, : len(row)] = torch.tensor(row, dtype=torch.long)
    scores = backend.log_likelihood(padded.to(backend.device), cache).tolist()
    return [found[: len(row)] for found, row in zip(scores, rows, strict=True)]
