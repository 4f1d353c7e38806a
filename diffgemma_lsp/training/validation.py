"""Losses on a fixed sample of packages that are not trained on."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.training.batch import Batch, CanvasBatch, make_batch, sample_documents
from diffgemma_lsp.training.corruption import known_before, places_in_holes
from diffgemma_lsp.training.dialect import Dialect
from diffgemma_lsp.training.objective import losses
from diffgemma_lsp.training.vocabulary import FILLER

BATCHES = 4
ROWS = 8
_PLACES = ("hole_1", "hole_2", "hole_3+", "filler", "stair", "end")


def validation_batches(modules: Sequence[Module], dialect: Dialect, tokens: int, slots: int) -> list[Batch]:
    """Return the same batches at every call: fully random holes, and as many stairs where a checkpoint knows them."""
    rng = random.Random(0)
    noise = dialect.noise.to_validate
    return [
        make_batch(sample_documents(modules, ROWS, tokens, dialect, rng), slots, dialect, rng, noise)
        for _ in range(BATCHES)
    ]


@torch.no_grad()
def validate(model: Any, batches: Sequence[Batch]) -> dict[str, float]:
    """Return mean losses in nats, by what a token is.

    `next` is what the encoder predicts; `hole_1`, `hole_2`, `hole_3+` and `filler` are the first, second and later
    tokens of holes that are all noise, and what stands behind those; `stair` and `end` are the next token of text and
    the first filler where all before is clean.
    """
    parts: dict[str, list[Tensor]] = {"next": [], **{name: [] for name in _PLACES}}
    for batch in batches:
        result = losses(model, batch, conditioned_rows=0)
        parts["next"].append(result.next_token)
        if result.hole is None or batch.canvases is None:
            continue
        for name, found in places_scored(batch.canvases).items():
            parts[name].append(result.hole[found])
    return {name: float(torch.cat(values).mean()) for name, values in parts.items() if sum(map(len, values))}


def places_scored(canvases: CanvasBatch) -> dict[str, Tensor]:
    """Return which of the free slots, in order, each of the losses of `validate` is a mean over."""
    free, place = canvases.free, places_in_holes(canvases.free, canvases.owners)
    known = known_before(canvases.noisy == canvases.clean, place, free)
    ahead, known, filler = (each[free] for each in (place - known, known, canvases.clean == FILLER))
    is_random = known == 0
    random_text = is_random & ~filler
    is_next = (known > 0) & (ahead == 0)
    found = (
        random_text & (ahead == 0),
        random_text & (ahead == 1),
        random_text & (ahead > 1),
        is_random & filler,
        is_next & ~filler,
        is_next & filler,
    )
    return dict(zip(_PLACES, found, strict=True))
