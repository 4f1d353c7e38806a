"""Losses on a fixed sample of packages that are not trained on."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from diffgemma_lsp.training.batch import Batch, make_batch, sample_documents
from diffgemma_lsp.training.corpus import Module
from diffgemma_lsp.training.dialect import Dialect
from diffgemma_lsp.training.objective import losses
from diffgemma_lsp.training.vocabulary import FILLER

BATCHES = 4
ROWS = 8


def validation_batches(modules: Sequence[Module], dialect: Dialect, tokens: int, slots: int) -> list[Batch]:
    """Return the same batches at every call, with all holes fully random."""
    rng = random.Random(0)
    return [
        make_batch(sample_documents(modules, ROWS, tokens, dialect, rng), slots, dialect, rng, noise=1.0)
        for _ in range(BATCHES)
    ]


@torch.no_grad()
def validate(model: Any, batches: Sequence[Batch]) -> dict[str, float]:
    """Return mean losses in nats: of next tokens, of the first, second and later tokens of holes, and of filler."""
    parts: dict[str, list[Tensor]] = {"next": [], "hole_1": [], "hole_2": [], "hole_3+": [], "filler": []}
    for batch in batches:
        result = losses(model, batch, conditioned_rows=0)
        parts["next"].append(result.next_token)
        if result.hole is None or batch.canvases is None:
            continue
        free = batch.canvases.free
        place = places_in_holes(free, batch.canvases.owners)[free]
        filler = batch.canvases.clean[free] == FILLER
        parts["hole_1"].append(result.hole[(place == 0) & ~filler])
        parts["hole_2"].append(result.hole[(place == 1) & ~filler])
        parts["hole_3+"].append(result.hole[(place > 1) & ~filler])
        parts["filler"].append(result.hole[filler])
    return {name: float(torch.cat(values).mean()) for name, values in parts.items() if values}


def places_in_holes(free: Tensor, owners: Tensor) -> Tensor:
    """Return each free slot's place in its hole, counted from 0, `(B, C)`."""
    place = torch.zeros_like(owners)
    for slot in range(1, free.shape[1]):
        goes_on = free[:, slot] & free[:, slot - 1] & (owners[:, slot] == owners[:, slot - 1])
        place[:, slot] = torch.where(goes_on, place[:, slot - 1] + 1, 0)
    return place
