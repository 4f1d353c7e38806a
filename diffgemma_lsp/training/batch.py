"""From documents and canvases to tensors: padding, corruption, and what each canvas slot may see."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import pad

from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.training.corruption import (
    SPREAD,
    Noise,
    of_canvas,
    places_in_holes,
    spread,
    stair_weights,
    tokens_known,
)
from diffgemma_lsp.training.dialect import Dialect
from diffgemma_lsp.training.layout import Canvas, Document, make_canvases, make_document
from diffgemma_lsp.training.staircase import NOISE, ORDINARY, seen

NOBODY = -1


@dataclass(frozen=True, slots=True)
class CanvasBatch:
    """The canvases of B documents, those of one document side by side in C slots; the rest belongs to `NOBODY`.

    All are `(B, C)`: `clean` and `noisy` token ids, `positions`, `prompts` (how many tokens of the document the slot's
    canvas reads), `owners` (the canvas's number), `free`, and the `weights` of the losses; `roles` and `places` as in a
    staircase, zeros elsewhere.
    """

    clean: Tensor
    noisy: Tensor
    positions: Tensor
    prompts: Tensor
    owners: Tensor
    free: Tensor
    weights: Tensor
    roles: Tensor
    places: Tensor

    def to(self, device: torch.device) -> CanvasBatch:
        """Return the batch on a device."""
        return CanvasBatch(*(getattr(self, name).to(device) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Batch:
    """Token ids of B documents `(B, L)`, padded at the end, and the canvases that continue them, if any.

    `scored` `(B, L)` says which tokens are to be predicted from those before them: not the first, and no padding.
    """

    ids: Tensor
    scored: Tensor
    canvases: CanvasBatch | None

    def padded(self, length: int) -> Batch:
        """Return the batch with documents of a length, at least their own: compiled layers want few shapes."""
        more = (0, length - self.ids.shape[1])
        return Batch(pad(self.ids, more), pad(self.scored, more), self.canvases)

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device."""
        return Batch(self.ids.to(device), self.scored.to(device), self.canvases.to(device) if self.canvases else None)


def sample_documents(
    modules: Sequence[Module], count: int, tokens: int, dialect: Dialect, rng: random.Random
) -> list[Document]:
    """Return documents that begin at random lines, each module drawn by its length."""
    documents = []
    for module in rng.choices(modules, [len(module.text) for module in modules], k=count):
        text = module.text
        # One in eight begins where its file does; the last characters of a file are no place to begin.
        near = rng.randrange(max(1, len(text) - 200)) if rng.random() < 0.875 else 0
        documents.append(make_document(text, text.rfind("\n", 0, near) + 1, tokens, dialect, rng, module.path))
    return documents


def make_batch(
    documents: Sequence[Document], slots: int, dialect: Dialect, rng: random.Random, noise: Noise | None = None
) -> Batch:
    """Return documents as tensors, with `slots` canvas slots each; without `noise` it is what the checkpoint knows."""
    share = (noise or dialect.noise).staircases
    rows = [make_canvases(document, slots, dialect, rng, share) for document in documents] if slots else None
    return stacked(documents, rows, slots, dialect, rng, noise)


def stacked(
    documents: Sequence[Document],
    rows: Sequence[Sequence[Canvas]] | None,
    slots: int,
    dialect: Dialect,
    rng: random.Random,
    noise: Noise | None = None,
) -> Batch:
    """Return documents as tensors with their canvases, if any, in `slots` slots each."""
    length = max(len(document.ids) for document in documents)
    ids = torch.tensor([[*document.ids, *[0] * (length - len(document.ids))] for document in documents])
    ends = torch.tensor([[len(document.ids)] for document in documents])
    place = torch.arange(length)[None]
    canvases = None if rows is None else side_by_side(rows, slots)
    if canvases is not None:
        canvases = corrupted(canvases, dialect.tokenizer.size, rng, noise or dialect.noise, dialect.filler)
    return Batch(ids, (place > 0) & (place < ends), canvases)


def side_by_side(rows: Sequence[Sequence[Canvas]], slots: int) -> CanvasBatch:
    """Return the canvases of each document as one row of slots, not corrupted yet."""
    shape = len(rows), slots
    clean, positions, prompts, roles, places = (torch.zeros(shape, dtype=torch.long) for _ in range(5))
    owners = torch.full(shape, NOBODY)
    free, weights = torch.zeros(shape, dtype=torch.bool), torch.zeros(shape)
    for row, canvases in enumerate(rows):
        begin = 0
        for number, canvas in enumerate(canvases):
            place = row, slice(begin, begin + len(canvas.ids))
            clean[place] = torch.tensor(canvas.ids)
            positions[place] = torch.arange(canvas.prompt, canvas.prompt + len(canvas.ids))
            if (steps := canvas.staircase) is not None:
                positions[place] = canvas.prompt + torch.tensor(steps.positions)
                roles[place], places[place] = torch.tensor(steps.roles), torch.tensor(steps.places)
            prompts[place] = canvas.prompt
            owners[place] = number
            free[place] = torch.tensor(canvas.free)
            weights[place] = torch.tensor(canvas.weights)
            begin += len(canvas.ids)
    return CanvasBatch(clean, clean, positions, prompts, owners, free, weights, roles, places)


def corrupted(
    canvases: CanvasBatch, vocabulary: int, rng: random.Random, noise: Noise = SPREAD, filler: int | None = None
) -> CanvasBatch:
    """Return canvases in which some of the free slots hold uniformly random ids of the vocabulary.

    Stairs also change the weights of losses. `filler` is what stands behind the text of a hole, if anything does.
    """
    owners, free = canvases.owners, canvases.free
    generator = torch.Generator().manual_seed(rng.getrandbits(62))
    hit = spread(owners, noise.share, generator)
    weights = canvases.weights
    if noise.stairs:
        is_stair = of_canvas(torch.rand(owners.shape, generator=generator), owners) < noise.stairs
        is_stair &= canvases.roles == ORDINARY
        place = places_in_holes(free, owners)
        text = free if filler is None else free & (canvases.clean != filler)
        known = tokens_known(text, place, free, owners, generator)
        hit = torch.where(is_stair, place >= known, hit)
        weights = torch.where(is_stair, stair_weights(weights, place, known), weights)
    hit |= canvases.roles == NOISE
    tokens = torch.randint(vocabulary, owners.shape, generator=generator)
    return replace(canvases, noisy=torch.where(hit & free, tokens, canvases.clean), weights=weights)


def encoder_masks(length: int, window: int, device: torch.device) -> dict[str, Tensor | None]:
    """Return what the encoder's positions see, by layer type: all before (None says so), or the last of a window."""
    position = torch.arange(length, device=device)
    distance = position[:, None] - position[None, :]
    return {"full_attention": None, "sliding_attention": ((distance >= 0) & (distance < window))[None, None]}


def decoder_masks(canvases: CanvasBatch, length: int, window: int) -> dict[str, Tensor | None]:
    """Return which of `length` document tokens and C slots each slot sees, `(B, 1, C, length + C)`, by layer type.

    A slot sees its own canvas and what the document holds before that: all of it, or the last `window - 1` tokens, as
    a cache with a sliding window would hold. Slots without a canvas see each other, so that none sees nothing.
    """
    token = torch.arange(length, device=canvases.prompts.device)[None, None, :]
    read = canvases.prompts[:, :, None]
    before = token < read
    recent = before & (token >= read - (window - 1))
    mates = canvases.owners[:, :, None] == canvases.owners[:, None, :]
    mates &= seen(canvases.roles, canvases.places)
    return {
        "full_attention": torch.cat([before, mates], dim=-1)[:, None],
        "sliding_attention": torch.cat([recent, mates], dim=-1)[:, None],
    }
