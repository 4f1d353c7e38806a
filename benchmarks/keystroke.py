"""What typing on costs: four new tokens on a cached prompt against encoding the prompt anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from benchmarks.measure import paired, seconds_of
from benchmarks.report import Row, at_least
from diffgemma_lsp.diffusion.prefixes import prefill
from diffgemma_lsp.models.backend import TransformersBackend

PROMPT_TOKENS = 512
TYPED_TOKENS = 4


def measure(model: Any, rounds: int) -> Iterator[Row]:
    """Yield the cost of a keystroke and of a fresh prefill."""
    backend = TransformersBackend(model)
    ids = torch.randint(10, backend.vocab_size, (PROMPT_TOKENS,)).tolist()
    cache = backend.new_cache()
    _encode(backend, cache, ids)

    def keystroke() -> float:
        cache.rewind(PROMPT_TOKENS - TYPED_TOKENS)
        return seconds_of(lambda: _encode(backend, cache, ids))

    def fresh() -> float:
        return seconds_of(lambda: _encode(backend, backend.new_cache(), ids))

    pair = paired(keystroke, fresh, rounds)
    yield Row("keystroke", f"{TYPED_TOKENS} tokens on a cached prompt", 1000 * pair.ours, "ms")
    yield Row("keystroke", f"{PROMPT_TOKENS} tokens anew", 1000 * pair.theirs, "ms")
    yield at_least("keystroke", "times cheaper", pair.ratio, 5.0)


def _encode(backend: TransformersBackend, cache: Any, ids: list[int]) -> None:
    for _ in prefill(backend, cache, ids, PROMPT_TOKENS):
        pass
