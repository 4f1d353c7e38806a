"""Which of several rows of different lengths is the best."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from diffgemma_lsp.diffusion.backend import Backend
from diffgemma_lsp.diffusion.cache import PrefixCache


def log_likelihoods(backend: Backend, cache: PrefixCache, rows: Sequence[Sequence[int]]) -> list[float]:
    """Return the encoder's log-likelihood of each row in nats, as text that goes on from what is in the cache.

    Rows that end with the same suffix are comparable whatever their lengths: a middle that is too short or too long
    makes the suffix unlikely. `rows` hold clean tokens, without fillers; an empty row scores 0.
    """
    longest = max((len(row) for row in rows), default=0)
    if longest == 0:
        return [0.0] * len(rows)
    padded = torch.zeros((len(rows), longest), dtype=torch.long)
    real = torch.zeros((len(rows), longest), dtype=torch.bool)
    for index, row in enumerate(rows):
        padded[index, : len(row)] = torch.tensor(row, dtype=torch.long)
        real[index, : len(row)] = True
    scores = backend.log_likelihood(padded.to(backend.device), cache)
    return scores.masked_fill(~real.to(scores.device), 0.0).sum(dim=-1).tolist()
