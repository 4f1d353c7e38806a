"""`python -m benchmarks.full_size [--schemes bf16,int8,int4,nf4] [--reduced] [--minutes 9] [--out FILE]`.

What the 26B model costs on this device, with random weights: memory, prefill and denoising steps in each scheme that
fits, beside the least time in which the device can read the weights that a step needs. `--reduced` runs the same
on a small model of the same proportions, to see that it runs.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch

from benchmarks import random_weights, report
from benchmarks.report import Row, at_most
from benchmarks.steps import generate
from diffgemma_lsp.checkup.pace import DeviceClock, copy_bandwidth, step_seconds
from diffgemma_lsp.diffusion.cache import PrefixCache
from diffgemma_lsp.diffusion.prefixes import prefill
from diffgemma_lsp.diffusion.segments import Segment, Slots
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.fused import fuse
from diffgemma_lsp.models.graphs import capture_on
from diffgemma_lsp.models.loading import model_on_meta
from diffgemma_lsp.models.memory import free_bytes
from diffgemma_lsp.models.packed.schemes import SCHEMES, UNPACKED, Scheme
from diffgemma_lsp.models.weights import nbytes_of

RESULTS = Path(__file__).resolve().parent / "results"
CANVASES = (32, 64, 128, 256)
FREE = (16, 64, 256)
PROMPTS = (2048, 8192)
CHUNK_TOKENS = 2048
SIGNAL_TOKENS = 32
STOCK_PROMPT = 256
FEW_STEPS, MANY_STEPS = 3, 11
ACTIVATION_BYTES = 4 << 30
TIMES_THE_FLOOR = {"bf16": 1.5, "int8": 1.5, "fp8": 1.5, "int4": 2.0, "nf4": 2.0}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.full_size", description=__doc__)
    parser.add_argument("--schemes", default="bf16,int8,int4,nf4", help="by name, separated by commas")
    parser.add_argument("--reduced", action="store_true", help="a small model of the same proportions")
    parser.add_argument("--minutes", type=float, default=9.0, help="begin no measurement after so many")
    parser.add_argument("--out", type=Path, default=RESULTS / "full_size.json", help="where the JSON goes")
    options = parser.parse_args()
    device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    shape = random_weights.REDUCED if options.reduced else random_weights.FULL_SIZE
    end = time.monotonic() + 60 * options.minutes
    rows: list[Row] = []
    name = "reduced, random weights" if options.reduced else "26B-A4B, random weights"
    for row in measure(shape, [SCHEMES[scheme] for scheme in options.schemes.split(",")], device):
        rows.append(row)
        print(report.table([row]).splitlines()[-1], flush=True)
        report.write("full size", rows, f"{name} on {device_name(device)}", options.out)
        if time.monotonic() > end:
            print(f"stopped after {options.minutes:g} minutes; the rows so far are in {options.out}")
            break


def measure(shape: dict[str, Any], schemes: list[Scheme], device: torch.device) -> Iterator[Row]:
    """Yield the figures of each scheme that fits the device."""
    bandwidth = copy_bandwidth(device)
    yield Row("device", "copy bandwidth, read and written", bandwidth / 1e9, "GB/s")
    dtype = torch.bfloat16
    on_meta = model_on_meta(random_weights.config_of(shape))
    for scheme in schemes:
        needed, room = nbytes_of(on_meta, scheme, dtype), free_bytes(device)
        yield Row(scheme.name, "weights, computed", needed / 1e9, "GB")
        if room is not None and needed + ACTIVATION_BYTES > room:
            print(f"{scheme.name} does not fit: {needed / 1e9:.1f} GB of weights, {room / 1e9:.1f} GB free")
            continue
        yield from _measure_scheme(shape, scheme, dtype, device, needed / bandwidth)
        gc.collect()
        if device.type == "cuda":
            torch.cuda.empty_cache()


def _measure_scheme(
    shape: dict[str, Any], scheme: Scheme, dtype: torch.dtype, device: torch.device, floor: float
) -> Iterator[Row]:
    seconds = DeviceClock(device)
    start = time.perf_counter()
    model = random_weights.build(shape, scheme, dtype, device)
    yield Row(scheme.name, "build", time.perf_counter() - start, "s")
    if scheme is UNPACKED:
        yield from _stock_steps(model, seconds)
    fuse(model)
    launched = TransformersBackend(model)
    backend = TransformersBackend(model, capture_on(device))
    yield from _memory(scheme, "after load", device)
    cache = backend.new_cache()
    for length in PROMPTS:
        ids = torch.randint(10, shape["vocab_size"], (length,)).tolist()
        cache.rewind(0)
        took = seconds(partial(_prefill, backend, cache, ids))
        yield Row(scheme.name, f"prefill of {length}", length / took, "tokens/s")
    yield from _memory(scheme, f"with a context of {PROMPTS[-1]}", device)
    yield Row(scheme.name, "floor of a step: reading all weights once", 1000 * floor, "ms")
    for length in CANVASES:
        for free in (free for free in FREE if free <= length):
            step = step_seconds(backend, cache, [_row(length, free)], seconds)
            what = f"step, canvas {length}, {free} free"
            yield Row(scheme.name, what, 1000 * step, "ms")
            if free == length == CANVASES[-1]:
                yield at_most(scheme.name, f"{what}, in floors", step / floor, TIMES_THE_FLOOR[scheme.name], "x")
                short = step_seconds(backend, cache, [_row(length, free)], seconds, SIGNAL_TOKENS)
                yield Row(scheme.name, f"{what}, self-conditioned by {SIGNAL_TOKENS} tokens", 1000 * short, "ms")
                if device.type == "cuda":
                    one_by_one = step_seconds(launched, cache, [_row(length, free)], seconds)
                    yield Row(scheme.name, f"{what}, without CUDA graphs", 1000 * one_by_one, "ms")
    four = step_seconds(backend, cache, [_row(64, 64)] * 4, seconds)
    yield Row(scheme.name, "step, four rows of 64, all free", 1000 * four, "ms")
    yield from _memory(scheme, "at its peak", device)


def _stock_steps(model: Any, seconds: DeviceClock) -> Iterator[Row]:
    """Yield the step of the class's own loop, after a prompt that is short: it encodes it anew in each call."""
    prompt, length = list(range(10, 10 + STOCK_PROMPT)), CANVASES[-1]
    for free in (FREE[0], length):
        generate(model, prompt, length, free, FEW_STEPS)
        few, many = (
            min(seconds(partial(generate, model, prompt, length, free, steps)) for _ in range(2))
            for steps in (FEW_STEPS, MANY_STEPS)
        )
        step = (many - few) / (MANY_STEPS - FEW_STEPS)
        yield Row("generate()", f"step, canvas {length}, {free} free, prompt of {STOCK_PROMPT}", 1000 * step, "ms")


def _memory(scheme: Scheme, when: str, device: torch.device) -> Iterator[Row]:
    if device.type == "cuda":
        peak = torch.cuda.max_memory_allocated(device) if when == "at its peak" else torch.cuda.memory_allocated(device)
        yield Row(scheme.name, f"device memory {when}", peak / 1e9, "GB")


def _prefill(backend: TransformersBackend, cache: PrefixCache, ids: list[int]) -> None:
    for _ in prefill(backend, cache, ids, CHUNK_TOKENS):
        pass


def _row(length: int, free: int) -> list[Segment]:
    before = (length - free) // 2
    return [(7,) * before, Slots(free), (7,) * (length - free - before)] if free < length else [Slots(free)]


def device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "a processor"


if __name__ == "__main__":
    main()
