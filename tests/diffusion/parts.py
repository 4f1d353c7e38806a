"""What several of these tests build: a backend over a tiny model, and a way to denoise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from diffgemma_lsp.diffusion.backend import Backend
from diffgemma_lsp.diffusion.cache import PrefixCache
from diffgemma_lsp.diffusion.canvas import Canvas
from diffgemma_lsp.diffusion.denoise import CanvasDraft, Denoising, denoise
from diffgemma_lsp.diffusion.prefixes import prefill
from diffgemma_lsp.diffusion.sampler import EntropyBound
from diffgemma_lsp.diffusion.schedule import LinearTemperature
from diffgemma_lsp.diffusion.segments import Segment
from diffgemma_lsp.diffusion.stopping import StableAndConfident
from diffgemma_lsp.models.backend import TransformersBackend
from tests.tiny import tiny_model

VOCABULARY = 97


def backend(seed: int = 0, **shape: Any) -> TransformersBackend:
    return TransformersBackend(tiny_model(seed=seed, vocab_size=VOCABULARY, **shape))


def random_ids(count: int, seed: int) -> list[int]:
    return torch.randint(0, VOCABULARY, (count,), generator=torch.Generator().manual_seed(seed)).tolist()


def encoded(model: TransformersBackend, ids: Sequence[int], chunk_tokens: int = 512) -> PrefixCache:
    cache = model.new_cache()
    for _ in prefill(model, cache, ids, chunk_tokens):
        pass
    return cache


def canvas_states(model: TransformersBackend, ids: Tensor, cache: PrefixCache, valid: Tensor | None = None) -> Tensor:
    """Return the hidden states of a first step at all positions that are valid, `(N, D)`."""
    wanted = torch.ones_like(ids, dtype=torch.bool) if valid is None else valid
    return model.forward(model.condition(ids, None), wanted, valid, cache)


def settings(
    max_steps: int = 8, entropy_bound: float = 0.5, confidence: float = 0.005, bias: Tensor | None = None
) -> Denoising:
    return Denoising(
        max_steps=max_steps,
        temperature=LinearTemperature(0.8, 0.4),
        sampler=EntropyBound(entropy_bound),
        stopping=StableAndConfident(stability=1, confidence=confidence),
        bias=bias,
    )


def drafts(
    model: Backend,
    cache: PrefixCache,
    rows: Sequence[Sequence[Segment]],
    how: Denoising,
    generator: torch.Generator,
) -> list[CanvasDraft]:
    canvas = Canvas.build(rows, VOCABULARY, generator)
    return list(denoise(model, cache, canvas, how, generator))
