"""A denoising step and a fill, ours against stock `generate()` with the same given positions and step count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from transformers import LogitsProcessor, LogitsProcessorList
from transformers.models.diffusion_gemma.generation_diffusion_gemma import EntropyBoundSamplerConfig

from benchmarks.measure import paired, seconds_of
from benchmarks.plain import load_plain
from benchmarks.report import Row, at_least
from diffgemma_lsp.diffusion.canvas import Canvas
from diffgemma_lsp.diffusion.denoise import Denoising, denoise
from diffgemma_lsp.diffusion.prefixes import prefill
from diffgemma_lsp.diffusion.sampler import EntropyBound
from diffgemma_lsp.diffusion.schedule import LinearTemperature
from diffgemma_lsp.diffusion.segments import Slots
from diffgemma_lsp.diffusion.stopping import StableAndConfident
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.loading import LoadedModel

PROMPT_TOKENS = 256
FEW_STEPS, MANY_STEPS = 4, 12
NEVER_CONFIDENT = 1e-30


class Given(LogitsProcessor):  # type: ignore[misc]
    """Forces the given tokens of a canvas, the only way that `generate` leaves to hold them."""

    def __init__(self, canvas: Tensor, free: Tensor, vocab_size: int) -> None:
        self._free = free[..., None]
        one_hot = torch.nn.functional.one_hot(canvas, vocab_size)
        self._logits = torch.where(one_hot.bool(), 0.0, -1e9)

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:  # noqa: ARG002 - its signature is checked
        return torch.where(self._free, scores, self._logits)


def measure(loaded: LoadedModel, source: str, rounds: int) -> Iterator[Row]:
    """Yield the figures for three canvases, with 16 free positions and with all.

    `generate()` runs on a model of its own, loaded from `source` and left as transformers made it.
    """
    stock = load_plain(source).model
    for length in (64, 128, 256):
        for free in (16, length):
            yield from _compare(loaded.model, stock, length, free, rounds)


def _compare(model: Any, stock_model: Any, length: int, free: int, rounds: int) -> Iterator[Row]:
    prompt = torch.randint(10, model.config.text_config.vocab_size, (PROMPT_TOKENS,)).tolist()
    what = f"canvas {length}, {'all' if free == length else free} free"

    def ours(steps: int) -> float:
        return seconds_of(lambda: _ours(model, prompt, length, free, steps))

    def stock(steps: int) -> float:
        return seconds_of(lambda: generate(stock_model, prompt, length, free, steps))

    span = MANY_STEPS - FEW_STEPS
    step = paired(
        lambda: (ours(MANY_STEPS) - ours(FEW_STEPS)) / span,
        lambda: (stock(MANY_STEPS) - stock(FEW_STEPS)) / span,
        rounds,
    )
    fill = paired(lambda: ours(MANY_STEPS), lambda: stock(MANY_STEPS), rounds)
    goal = 1.0 if free == length else 2.0
    yield Row("step", f"{what}: ours", 1000 * step.ours, "ms")
    yield Row("step", f"{what}: generate()", 1000 * step.theirs, "ms")
    yield at_least("step", f"{what}: times faster", step.ratio, goal)
    yield at_least("fill", f"{what}, {MANY_STEPS} steps with prefill: times faster", fill.ratio, goal)


def _ours(model: Any, prompt: list[int], length: int, free: int, steps: int) -> None:
    backend = TransformersBackend(model)
    cache = backend.new_cache()
    for _ in prefill(backend, cache, prompt, 512):
        pass
    generator = torch.Generator().manual_seed(0)
    before = (length - free) // 2
    row = (tuple(prompt[:before]), Slots(free), tuple(prompt[: length - free - before]))
    how = Denoising(
        steps, LinearTemperature(0.8, 0.4), EntropyBound(0.1), StableAndConfident(1, confidence=NEVER_CONFIDENT)
    )
    for _ in denoise(backend, cache, Canvas.build([row], backend.vocab_size, generator), how, generator):
        pass


def generate(model: Any, prompt: list[int], length: int, free: int, steps: int) -> None:
    """Denoise a canvas with the class's own loop, all but `free` positions in its middle given."""
    device = model.device
    vocab_size = model.config.text_config.vocab_size
    before = (length - free) // 2
    canvas = torch.randint(0, vocab_size, (1, length), device=device)
    is_free = torch.zeros(1, length, dtype=torch.bool, device=device)
    is_free[:, before : before + free] = True
    given = torch.tensor([(prompt * 2)[:length]], device=device)
    canvas = torch.where(is_free, canvas, given)
    processors = LogitsProcessorList([] if free == length else [Given(canvas, is_free, vocab_size)])
    model.config.canvas_length = length
    model.generate(
        torch.tensor([prompt], device=device),
        decoder_input_ids=canvas,
        logits_processor=processors,
        max_new_tokens=length,
        max_denoising_steps=steps,
        sampler_config=EntropyBoundSamplerConfig(0.1),
        t_min=0.4,
        t_max=0.8,
        stability_threshold=1,
        confidence_threshold=NEVER_CONFIDENT,
        eos_token_id=None,
    )
