"""Holes that hold what stands in a place like theirs, in part, instead of noise: drafts to be corrected."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import torch

from diffgemma_lsp.text.precedents import PrecedentIndex, find_precedents
from diffgemma_lsp.training import batch
from diffgemma_lsp.training.batch import Batch
from diffgemma_lsp.training.corruption import Noise
from diffgemma_lsp.training.dialect import Dialect
from diffgemma_lsp.training.layout import Canvas, Document

SHARE = 0.75
"""Of the canvases with one hole that are no staircases and for which something is found: some 30 in 100 of all."""
_MOST_NOISE = 0.6
_NAME = "document"
_stacked = batch.stacked


def stacked_with_near_misses(
    documents: Sequence[Document],
    rows: Sequence[Sequence[Canvas]] | None,
    slots: int,
    dialect: Dialect,
    rng: random.Random,
    noise: Noise | None = None,
) -> Batch:
    """Return what `stacked` does, with drafts in some of the holes.

    A draft comes from elsewhere in the document's own file, whose other files are not at hand. As where the engine
    starts from a precedent, filler follows it, and some of its tokens are noise.
    """
    made = _stacked(documents, rows, slots, dialect, rng, noise)
    if made.canvases is None or rows is None:
        return made
    noisy, weights = made.canvases.noisy.clone(), made.canvases.weights.clone()
    for row, (document, canvases) in enumerate(zip(documents, rows, strict=True)):
        index = PrecedentIndex()
        begin = 0
        for canvas in canvases:
            place = slice(begin, begin + len(canvas.ids))
            begin = place.stop
            if (
                canvas.staircase is None
                and len(canvas.cuts) == 1
                and rng.random() < SHARE
                and (draft := _draft(index, document, canvas, dialect))
            ):
                free = torch.tensor(canvas.free)
                noisy[row, place][free] = torch.tensor(_doubted(draft, dialect.tokenizer.size, rng))
                weights[row, place] = torch.tensor(canvas.weights)
    return replace(made, canvases=replace(made.canvases, noisy=noisy, weights=weights))


def _draft(index: PrecedentIndex, document: Document, canvas: Canvas, dialect: Dialect) -> list[int]:
    """Return what the best precedent puts into the slots of a canvas's hole, nothing where there is none."""
    (hole,) = canvas.cuts
    prefix, suffix = document.file[: hole.start], document.file[hole.end :]
    index.put(_NAME, prefix + suffix)
    found = find_precedents(index, _NAME, prefix, suffix, most=1)
    if not found or dialect.filler is None:
        return []
    slots = sum(canvas.free)
    ids = dialect.tokenizer.encode(found[0].text)[:slots]
    return ids + [dialect.filler] * (slots - len(ids))


def _doubted(draft: Sequence[int], vocabulary: int, rng: random.Random) -> list[int]:
    share = rng.uniform(0.0, _MOST_NOISE)
    return [rng.randrange(vocabulary) if rng.random() < share else token for token in draft]
