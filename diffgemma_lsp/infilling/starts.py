"""Precedents as rows of a canvas: what a model makes of them at first sight, and how it goes on from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from diffgemma_lsp.diffusion.backend import Backend
from diffgemma_lsp.diffusion.cache import PrefixCache
from diffgemma_lsp.diffusion.canvas import Canvas
from diffgemma_lsp.diffusion.segments import Slots
from diffgemma_lsp.prompts.calibration import Origin
from diffgemma_lsp.prompts.layout import Layout
from diffgemma_lsp.prompts.profile import ModelProfile
from diffgemma_lsp.prompts.reading import HoleIds
from diffgemma_lsp.prompts.tokenizer import Tokenizer
from diffgemma_lsp.text.precedents import Precedent


@dataclass(frozen=True, slots=True)
class Start:
    """A precedent in the tokens `ids`.

    `slots` are its tokens in a hole, with the filler after them. `chances` are the model's probabilities of them at
    first sight, 1 as long as it has not seen them.
    """

    precedent: Precedent
    ids: tuple[int, ...]
    slots: tuple[int, ...]
    chances: tuple[float, ...]

    @property
    def origin(self) -> Origin:
        """What it is as long as nothing of it has changed."""
        return "copied" if self.precedent.score else "between"

    @property
    def hole(self) -> HoleIds:
        """The hole that holds it as it is."""
        size = len(self.ids)
        return HoleIds(self.ids, self.chances[:size], (True,) * size, is_closed=True)

    def doubted(self, least: float) -> Slots | None:
        """Return slots that start from the tokens with a chance of at least `least`, None where all have it."""
        kept = [token if chance >= least else None for token, chance in zip(self.slots, self.chances, strict=True)]
        return Slots(len(kept), tuple(kept)) if None in kept else None


def starts_of(precedents: Sequence[Precedent], profile: ModelProfile, tokenizer: Tokenizer) -> tuple[Start, ...]:
    """Return the starts of a task's precedents, in their order; each closes its hole where the model can."""
    starts: list[Start] = []
    for precedent in precedents:
        ids = tuple(tokenizer.encode(precedent.text))
        slots = ids
        if profile.tokens.filler is not None:
            count = next((size for size in profile.canvas.buckets if size > len(ids)), len(ids) + 1)
            slots = ids + (tokenizer.id(profile.tokens.filler),) * (count - len(ids))
        if ids:
            starts.append(Start(precedent, ids, slots, (1.0,) * len(slots)))
    return tuple(starts)


def looked_at(
    backend: Backend,
    cache: PrefixCache,
    layout: Layout,
    starts: Sequence[Start],
    bias: Tensor | None,
    generator: torch.Generator,
) -> list[Start]:
    """Return the starts with the model's probability of each slot, given all others of its row: one forward pass."""
    rows = [layout.row((Slots(len(start.slots), start.slots),)) for start in starts]
    canvas = Canvas.build(rows, backend.vocab_size, generator)
    logits = backend.head(backend.forward(backend.condition(canvas.ids, None), canvas.free, canvas.valid, cache))
    if bias is not None:
        logits = logits + bias
    there = logits.gather(-1, canvas.ids[canvas.free][:, None]).squeeze(-1)
    chances = iter((there - logits.logsumexp(dim=-1)).exp().tolist())
    return [replace(start, chances=tuple(next(chances) for _ in start.slots)) for start in starts]
