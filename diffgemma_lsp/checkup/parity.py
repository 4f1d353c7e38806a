"""Whether our loop writes what `generate()` of transformers writes, with the same weights and the same seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers.models.diffusion_gemma.generation_diffusion_gemma import EntropyBoundSamplerConfig

from diffgemma_lsp.diffusion.backend import Backend
from diffgemma_lsp.diffusion.cache import PrefixCache
from diffgemma_lsp.diffusion.canvas import Canvas
from diffgemma_lsp.diffusion.denoise import Denoising, denoise
from diffgemma_lsp.diffusion.prefixes import prefill
from diffgemma_lsp.diffusion.sampler import EntropyBound, draw_as_torch
from diffgemma_lsp.diffusion.schedule import LinearTemperature
from diffgemma_lsp.diffusion.segments import Slots
from diffgemma_lsp.diffusion.stopping import StableAndConfident

_LENGTH, _STEPS, _SEED = 32, 6, 7
_ENTROPY_BOUND, _WARMEST, _COOLEST = 0.1, 0.8, 0.4
# So small that neither loop stops before its last step.
_NEVER_CONFIDENT = 1e-30


@dataclass(frozen=True, slots=True)
class Parity:
    """`equal` of `tokens` came out the same. `deviation` is how far the logits of a first step lie apart, relative to
    how much they vary. In bfloat16 tokens differ after that step: the class rounds the logits that it feeds back."""

    tokens: int
    equal: int
    deviation: float


def compare(model: Any, backend: Backend, prompt: Sequence[int]) -> Parity:
    """Denoise a canvas after `prompt` with the class's own loop and with ours, over `backend`."""
    theirs = _generate(model, prompt)
    generator = torch.Generator(backend.device).manual_seed(_SEED)
    cache = backend.new_cache()
    for _ in prefill(backend, cache, prompt, len(prompt)):
        pass
    canvas = Canvas.build([[Slots(_LENGTH)]], backend.vocab_size, generator)
    deviation = _deviation(model, backend, cache, prompt, canvas)
    how = Denoising(
        max_steps=_STEPS,
        temperature=LinearTemperature(_WARMEST, _COOLEST),
        sampler=EntropyBound(_ENTROPY_BOUND),
        stopping=StableAndConfident(1, _NEVER_CONFIDENT),
        draw=draw_as_torch,
    )
    *_, last = denoise(backend, cache, canvas, how, generator)
    return Parity(_LENGTH, int((last.ids[0] == theirs).sum()), deviation)


def _generate(model: Any, prompt: Sequence[int]) -> Tensor:
    """Return the canvas `(C,)` that the class's own loop ends with."""
    with torch.random.fork_rng(), _canvas_length(model.config):
        torch.manual_seed(_SEED)
        found = model.generate(
            torch.tensor([list(prompt)], device=model.device),
            max_new_tokens=_LENGTH,
            max_denoising_steps=_STEPS,
            sampler_config=EntropyBoundSamplerConfig(_ENTROPY_BOUND),
            t_min=_COOLEST,
            t_max=_WARMEST,
            stability_threshold=1,
            confidence_threshold=_NEVER_CONFIDENT,
            eos_token_id=None,
        )
    canvas: Tensor = found.sequences[0, len(prompt) :]
    return canvas


@torch.no_grad()
def _deviation(model: Any, backend: Backend, cache: PrefixCache, prompt: Sequence[int], canvas: Canvas) -> float:
    tokens = torch.tensor([list(prompt)], device=backend.device)
    theirs = model(input_ids=tokens, decoder_input_ids=canvas.ids).logits[0].float()
    ours = backend.head(backend.forward(backend.condition(canvas.ids, None), canvas.free, canvas.valid, cache))
    return float((ours - theirs).std() / theirs.std())


@contextmanager
def _canvas_length(config: Any) -> Iterator[None]:
    """Let the class write short canvases: it has no argument for that."""
    before = config.canvas_length
    config.canvas_length = _LENGTH
    try:
        yield
    finally:
        config.canvas_length = before
