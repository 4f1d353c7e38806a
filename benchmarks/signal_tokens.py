"""`python -m benchmarks.signal_tokens [--model starter] [--corpus FOLDER] [--cases 40] [--fills 20] [--out FILE]`.

What it costs, and saves, to make the self-conditioning of a position of its most probable tokens alone: the loss of
the missing tokens at a second look at a hole of noise, whole fills, and the time of a step, each against all tokens.
Cases, noise and seeds are the same, so that differences are counted case by case.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from statistics import fmean

import torch

from benchmarks import report
from benchmarks.measure import paired
from benchmarks.report import Row
from benchmarks.schemes import PACKAGE, RESULTS, difference
from diffgemma_lsp.checkup.pace import DeviceClock, step_seconds
from diffgemma_lsp.corpus.folder import modules_of
from diffgemma_lsp.diffusion.canvas import Canvas
from diffgemma_lsp.diffusion.denoise import Denoising, denoise
from diffgemma_lsp.diffusion.prefixes import prefill
from diffgemma_lsp.diffusion.sampler import sampler_of
from diffgemma_lsp.diffusion.schedule import LinearTemperature
from diffgemma_lsp.diffusion.segments import Slots
from diffgemma_lsp.diffusion.stopping import StableAndConfident
from diffgemma_lsp.evaluation.cases import Case, sample_cases
from diffgemma_lsp.evaluation.outcomes import Outcome, fill_cases
from diffgemma_lsp.fill import FillTask, Hole
from diffgemma_lsp.infilling.filler import DiffusionFiller
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.loading import LoadedModel, load_model
from diffgemma_lsp.prompts.work import TaskText

COUNTS = (8, 32, 128)
ALL = 0
CANVAS, ROUNDS = 64, 9


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.signal_tokens", description=__doc__)
    parser.add_argument("--model", default="starter", help="a small trained checkpoint (default: starter)")
    parser.add_argument("--corpus", type=Path, default=PACKAGE, help="a folder of Python code (default: ours)")
    parser.add_argument("--cases", type=int, default=40, help="of each of three kinds (default: 40)")
    parser.add_argument("--fills", type=int, default=20, help="of each kind that are filled, too (default: 20)")
    parser.add_argument("--out", type=Path, default=RESULTS / "signal_tokens.json", help="where the JSON goes")
    options = parser.parse_args()
    loaded = load_model(options.model, lambda _: None)
    modules = modules_of(options.corpus)
    rows = []
    for row in chain(
        compare_losses(loaded, sample_cases(modules, options.cases, seed=0)),
        compare_fills(loaded, sample_cases(modules, options.fills, seed=0)),
        compare_steps(loaded),
    ):
        rows.append(row)
        print(report.table([row]).splitlines()[-1], flush=True)
        report.write("signal tokens", rows, options.model, options.out)


def compare_losses(loaded: LoadedModel, cases: Sequence[Case]) -> Iterator[Row]:
    """Yield the mean loss at a second look with all tokens, then the differences from it."""
    whole = [second_loss(loaded, case, seed, ALL) for seed, case in enumerate(cases)]
    yield Row("all tokens", f"loss of missing tokens at the second step, {len(cases)} cases", fmean(whole), "nats")
    for count in COUNTS:
        found = [second_loss(loaded, case, seed, count) for seed, case in enumerate(cases)]
        yield from difference(f"{count} tokens", "loss of missing tokens", whole, found, "nats")


def compare_fills(loaded: LoadedModel, cases: Sequence[Case]) -> Iterator[Row]:
    """Yield how near fills come to the missing text with all tokens, then the differences from that."""
    whole = _fills(loaded, cases, ALL)
    before = [outcome.similarity for outcome in whole]
    yield Row("all tokens", f"edit similarity of {len(cases)} fills", fmean(before), "")
    for count in COUNTS:
        found = _fills(loaded, cases, count)
        yield from difference(f"{count} tokens", "edit similarity", before, [one.similarity for one in found], "")
        same = [one.text == two.text for one, two in zip(whole, found, strict=True)]
        yield Row(f"{count} tokens", "fills that are the same", 100 * fmean(same), "%")


def compare_steps(loaded: LoadedModel) -> Iterator[Row]:
    """Yield how many times faster a step is, from timings in turn; on a processor in its own time."""
    backend = TransformersBackend(loaded.model)
    cache = backend.new_cache()
    backend.prefill(list(range(10, 266)), cache)
    seconds = _processor_seconds if loaded.device.type == "cpu" else DeviceClock(loaded.device)
    for free in (16, CANVAS):
        row = [(7,) * (CANVAS - free), Slots(free)] if free < CANVAS else [Slots(free)]
        for count in COUNTS:
            step = paired(
                lambda row=row, count=count: step_seconds(backend, cache, [row], seconds, count),  # type: ignore[misc]
                lambda row=row: step_seconds(backend, cache, [row], seconds),  # type: ignore[misc]
                ROUNDS,
            )
            yield Row(f"{count} tokens", f"step, canvas {CANVAS}, {free} free: times faster", step.ratio, "x")


def second_loss(loaded: LoadedModel, case: Case, seed: int, tokens: int) -> float:
    """Return the mean loss of the missing tokens at the second step of a hole of noise."""
    task = FillTask((case.prefix, Hole(), case.suffix), language="python", path=case.path)
    layout = TaskText(task, loaded.profile, loaded.tokenizer).next_group([], 1).layout
    buckets = loaded.profile.canvas.buckets
    missing = loaded.tokenizer.encode(case.middle)[: buckets[-1]]
    slots = Slots(next(bucket for bucket in buckets if bucket >= len(missing)))
    backend = _Remembering(loaded)
    cache = backend.new_cache()
    for _ in prefill(backend, cache, layout.prompt, len(layout.prompt)):
        pass
    generator = torch.Generator().manual_seed(seed)
    canvas = Canvas.build([layout.row([slots])], backend.vocab_size, generator)
    sampling = loaded.profile.sampling
    how = Denoising(
        2,
        LinearTemperature(sampling.temperature_start, sampling.temperature_end),
        sampler_of(sampling.entropy_bound, sampling.settled),
        StableAndConfident(1, confidence=1e-30),
        signal_tokens=tokens,
    )
    for _ in denoise(backend, cache, canvas, how, generator):
        pass
    logs = backend.logits.log_softmax(dim=-1)
    return -float(logs[range(len(missing)), missing].mean())


def _processor_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


class _Remembering(TransformersBackend):
    """Keeps the logits of the last step."""

    def __init__(self, loaded: LoadedModel) -> None:
        super().__init__(loaded.model)
        self.logits = torch.empty(0)

    def head(self, hidden: torch.Tensor) -> torch.Tensor:
        self.logits = super().head(hidden)
        return self.logits


def _fills(loaded: LoadedModel, cases: Sequence[Case], tokens: int) -> list[Outcome]:
    profile = replace(loaded.profile, sampling=replace(loaded.profile.sampling, signal_tokens=tokens))
    filler = DiffusionFiller(TransformersBackend(loaded.model), loaded.tokenizer, profile, loaded.name, cache_bytes=0)
    return list(fill_cases(filler, cases, seed=0))


if __name__ == "__main__":
    main()
