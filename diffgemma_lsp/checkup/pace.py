"""How long a denoising step takes, beside the least time in which a device can read the weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import torch

from diffgemma_lsp.diffusion.backend import Backend
from diffgemma_lsp.diffusion.cache import PrefixCache
from diffgemma_lsp.diffusion.canvas import Canvas
from diffgemma_lsp.diffusion.denoise import Denoising, denoise
from diffgemma_lsp.diffusion.sampler import EntropyBound
from diffgemma_lsp.diffusion.schedule import LinearTemperature
from diffgemma_lsp.diffusion.segments import Segment
from diffgemma_lsp.diffusion.stopping import StableAndConfident

_FEW_STEPS, _MANY_STEPS, _ROUNDS = 3, 11, 3
_COPIED_ON_A_CARD, _COPIED_ON_THE_HOST = 1 << 30, 1 << 26


class DeviceClock:
    """Times work until the device has done it."""

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def __call__(self, work: Callable[[], object]) -> float:
        """Return the seconds that `work` takes."""
        self._wait()
        start = time.perf_counter()
        work()
        self._wait()
        return time.perf_counter() - start

    def _wait(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)


def copy_bandwidth(device: torch.device) -> float:
    """Return the bytes a second that a large copy reads and writes."""
    nbytes = _COPIED_ON_A_CARD if device.type == "cuda" else _COPIED_ON_THE_HOST
    source = torch.zeros(nbytes, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    seconds = DeviceClock(device)
    fastest = min(seconds(lambda: target.copy_(source)) for _ in range(5))
    return 2 * nbytes / fastest


def step_seconds(
    backend: Backend,
    cache: PrefixCache,
    rows: Sequence[Sequence[Segment]],
    seconds: Callable[[Callable[[], None]], float],
    signal_tokens: int = 0,
) -> float:
    """Return the seconds of one step: the difference between many and few, so that what is done once cancels out."""

    def run(steps: int) -> Callable[[], None]:
        generator = torch.Generator(backend.device).manual_seed(0)
        how = Denoising(
            steps,
            LinearTemperature(0.8, 0.4),
            EntropyBound(0.1),
            StableAndConfident(1, confidence=1e-30),
            signal_tokens=signal_tokens,
        )

        def denoised() -> None:
            canvas = Canvas.build(rows, backend.vocab_size, generator)
            for _ in denoise(backend, cache, canvas, how, generator):
                pass

        return denoised

    seconds(run(_FEW_STEPS))
    few, many = (min(seconds(run(steps)) for _ in range(_ROUNDS)) for steps in (_FEW_STEPS, _MANY_STEPS))
    return (many - few) / (_MANY_STEPS - _FEW_STEPS)
