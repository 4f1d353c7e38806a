"""The training loop, in one process on a GPU or in one per core with the same weights in all of them.

Each step: 1. the first process tells which share of the time has passed, and with it whether to stop; 2. each process
takes its own batch, seeded by step and rank, so that a resumed run needs no generator's state; 3. the step is made.
Steps are counted over all runs behind the weights, so that a run that goes on from a checkpoint reads other code.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import torch
from torch import distributed
from torch.multiprocessing.spawn import spawn
from transformers import AutoConfig, DiffusionGemmaForBlockDiffusion

from diffgemma_lsp.corpus.modules import load
from diffgemma_lsp.corpus.packages import Role
from diffgemma_lsp.errors import InputError
from diffgemma_lsp.training import checkpoint
from diffgemma_lsp.training.batch import Batch
from diffgemma_lsp.training.dialect import starter_dialect
from diffgemma_lsp.training.feed import Feed, Mix, Source
from diffgemma_lsp.training.growth import grow
from diffgemma_lsp.training.history import read_runs
from diffgemma_lsp.training.journal import Journal
from diffgemma_lsp.training.learning import TEMPERATURES, learn
from diffgemma_lsp.training.optimizer import Optimizer, Rates
from diffgemma_lsp.training.peers import add_up, agreed
from diffgemma_lsp.training.schedule import Clock, Schedule
from diffgemma_lsp.training.shape import PROMPT_TOKENS, build, shape_of, starter_config
from diffgemma_lsp.training.speed import compile_layers, hasten, training_dtype
from diffgemma_lsp.training.validation import validation_batches
from diffgemma_lsp.training.vocabulary import tokenizer_path

ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(4 << 20), "MALLOC_TRIM_THRESHOLD_": str(256 << 20)}
"""glibc's, for the processes of a run: left to itself it never gave freed tensors back, and a process grew to 12 GB."""
LONGEST_PAUSE = timedelta(days=1)
"""A run that was paused must find its peers again."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is given. `deadline` counts seconds since the epoch, as `now` does."""

    state: Path
    deadline: float
    start: Path | None = None
    """A checkpoint to begin from, where the state folder holds none yet; else the weights begin random."""
    shape: str | None = None
    """Of `SHAPES`, where the state folder holds no checkpoint yet; None is that of the start, or small."""
    device: str = "cpu"
    processes: int = 2
    schedule: Schedule = field(default_factory=Schedule)
    rates: Rates = field(default_factory=Rates)
    mix: Mix = field(default_factory=Mix)
    workers: int = 0
    """Processes that make the batches of each training process; 0: it makes them itself."""
    total_seconds: float | None = None
    """Training time of a run in several calls: the schedule counts on it, and the deadline only ends this call."""
    compiled: bool = False
    """Compile the layers: minutes once, by a C++ compiler on a processor, for steps that take less.

    There each process then keeps to one core: for two, torch 2.13 fails to generate code for the layers.
    """
    temperatures: tuple[float, float] = TEMPERATURES
    now: Callable[[], float] = time.time


def train(settings: Settings) -> None:
    """Train until the deadline, from the newest checkpoint in the state folder if there is one."""
    if settings.processes == 1:
        _run(0, settings)
        return
    os.environ.update(ALLOCATOR | os.environ)
    rendezvous = settings.state / "rendezvous"
    rendezvous.unlink(missing_ok=True)
    url = f"file://{rendezvous.resolve()}"
    spawn(_process, (settings, url), settings.processes)  # type: ignore[no-untyped-call]


def _process(rank: int, settings: Settings, rendezvous: str) -> None:
    distributed.init_process_group("gloo", rendezvous, rank=rank, world_size=settings.processes, timeout=LONGEST_PAUSE)
    try:
        _run(rank, settings)
    finally:
        distributed.destroy_process_group()


def _run(rank: int, settings: Settings) -> None:
    device = torch.device(settings.device)
    if device.type == "cpu":
        torch.set_num_threads(1 if settings.compiled else max(1, torch.get_num_threads() // settings.processes))
    goes_on = checkpoint.checkpoint_path(settings.state).exists()
    saved, tally = checkpoint.read(settings.state) if goes_on else ({}, _first_tally(settings))
    model = _beginning(settings, tally.shape).to(device, training_dtype(device.type))
    hasten(model)
    if settings.compiled:
        compile_layers(model)
    optimizer = Optimizer(model, settings.rates, rank, settings.processes)
    if goes_on:
        optimizer.restore(saved)
    journal = _journal(settings, model, optimizer, tally) if rank == 0 else None
    with _batches(settings, rank, optimizer.steps + tally.steps_before) as next_batch:
        clock = Clock(settings.deadline, tally.seconds, settings.total_seconds)
        shares = iter(lambda: agreed(clock.tick(settings.now())), None)
        made = learn(
            model,
            optimizer,
            shares,
            lambda share: next_batch(share).to(device),
            settings.schedule.rate,
            add_up,
            settings.temperatures,
        )
        for step in made:
            tally.share, tally.seconds = step.share, clock.ran
            tally.count(step.batch, settings.processes)
            if journal is not None:
                journal.after_step(step.losses.next_token, step.losses.hole)
        tally.seconds = clock.ran
        if clock.is_over:
            tally.share = 1.0
    if journal is not None:
        journal.close()


def _first_tally(settings: Settings) -> checkpoint.Tally:
    if settings.start is None:
        return checkpoint.Tally(shape=settings.shape or "small")
    shape = settings.shape or shape_of(AutoConfig.from_pretrained(settings.start))
    return checkpoint.Tally(shape=shape, earlier=read_runs(settings.start))


def _source(settings: Settings) -> Source:
    dialect = starter_dialect(tokenizer_path(settings.state))
    return Source(load(settings.state, Role.TRAIN), dialect, settings.mix, settings.schedule)


@contextmanager
def _batches(settings: Settings, rank: int, step: int) -> Iterator[Callable[[float], Batch]]:
    """Yield what returns the batch of the next step, given the share of the run that has passed."""
    if settings.workers:
        with closing(Feed(partial(_source, settings), settings.workers, rank, step)) as feed:
            yield feed.next
    else:
        source, steps = _source(settings), count(step)
        yield lambda share: source.batch(next(steps), rank, share)


def _beginning(settings: Settings, shape: str) -> Any:
    config = starter_config(shape)
    if settings.start is None:
        return build(config, settings.mix.seed)
    start = DiffusionGemmaForBlockDiffusion.from_pretrained(settings.start, dtype=torch.float32)
    wanted, found = config.text_config, start.config.text_config
    if (wanted.hidden_size, wanted.num_hidden_layers) != (found.hidden_size, found.num_hidden_layers):
        raise InputError(
            f"{settings.start} has {found.num_hidden_layers} layers of {found.hidden_size}, the shape {shape}"
            f" {wanted.num_hidden_layers} of {wanted.hidden_size}: choose its shape, or begin without it"
        )
    model = build(config, settings.mix.seed)
    grow(start, model)
    return model


def _journal(settings: Settings, model: Any, optimizer: Optimizer, tally: checkpoint.Tally) -> Journal:
    modules, dialect = load(settings.state, Role.VALIDATION), starter_dialect(tokenizer_path(settings.state))
    batches = validation_batches(modules, dialect, PROMPT_TOKENS, settings.mix.slots)
    device = torch.device(settings.device)
    return Journal(settings.state, model, optimizer, tally, [batch.to(device) for batch in batches])
