"""The training loop, in one process on a GPU or in one per core with the same weights in all of them.

Each step: 1. the first process tells which share of the time has passed, and with it whether to stop; 2. each process
makes its own batch, seeded by step and rank, so that a resumed run needs no generator's state; 3. losses, gradients,
their mean over the processes, update.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, distributed
from torch.multiprocessing.spawn import spawn
from transformers import DiffusionGemmaForBlockDiffusion

from diffgemma_lsp.training import checkpoint
from diffgemma_lsp.training.batch import Batch, make_batch, sample_documents
from diffgemma_lsp.training.corpus import Module, load
from diffgemma_lsp.training.journal import Journal
from diffgemma_lsp.training.objective import losses
from diffgemma_lsp.training.optimizer import Optimizer, Rates
from diffgemma_lsp.training.packages import Role
from diffgemma_lsp.training.schedule import Clock, Schedule
from diffgemma_lsp.training.shape import PROMPT_TOKENS, build, starter_config
from diffgemma_lsp.training.speed import hasten
from diffgemma_lsp.training.validation import validation_batches
from diffgemma_lsp.training.vocabulary import load_vocabulary, tokenizer_path

LONGEST_PAUSE = timedelta(days=1)
"""A run that was paused must find its peers again."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is given. `deadline` counts seconds since the epoch, as `now` does."""

    state: Path
    deadline: float
    start: Path | None = None
    """A checkpoint to begin from, where the state folder holds none yet; else the weights begin random."""
    device: str = "cpu"
    processes: int = 2
    schedule: Schedule = field(default_factory=Schedule)
    rates: Rates = field(default_factory=Rates)
    positions: int = 4608
    """Tokens and canvas slots per process and step: as many documents as fit are read."""
    slots: int = 384
    """Canvas slots per document in the joint phase."""
    joint_prompts: tuple[int, ...] = (256, 512)
    """Tokens of a document in the joint phase, drawn per step: short ones leave more of the time to the canvases."""
    temperatures: tuple[float, float] = (0.4, 1.0)
    """Of the distributions that self-conditioning is made of; denoising cools them down."""
    seed: int = 0
    now: Callable[[], float] = time.time


def train(settings: Settings) -> None:
    """Train until the deadline, from the newest checkpoint in the state folder if there is one."""
    if settings.processes == 1:
        _run(0, settings)
        return
    rendezvous = settings.state / "rendezvous"
    rendezvous.unlink(missing_ok=True)
    url = f"file://{rendezvous.resolve()}"
    spawn(_process, (settings, url), settings.processes)  # type: ignore[no-untyped-call]


def _process(rank: int, settings: Settings, rendezvous: str) -> None:
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // settings.processes))
    distributed.init_process_group("gloo", rendezvous, rank=rank, world_size=settings.processes, timeout=LONGEST_PAUSE)
    try:
        _run(rank, settings)
    finally:
        distributed.destroy_process_group()


def _run(rank: int, settings: Settings) -> None:
    device = torch.device(settings.device)
    modules = load(settings.state, Role.TRAIN)
    tokenizer = load_vocabulary(tokenizer_path(settings.state))
    model = _beginning(settings).to(device, torch.bfloat16)
    hasten(model)
    optimizer = Optimizer(model, settings.rates, rank, settings.processes)
    tally = checkpoint.Tally()
    if checkpoint.checkpoint_path(settings.state).exists():
        saved, tally = checkpoint.read(settings.state)
        optimizer.restore(saved)
    journal = _journal(settings, model, optimizer, tally, tokenizer) if rank == 0 else None
    clock = Clock(settings.deadline, tally.seconds)
    while (share := _agreed(clock.tick(settings.now()))) < 1.0:
        batch = _batch(settings, optimizer.steps, rank, share, modules, tokenizer)
        temperature = random.Random(optimizer.steps).uniform(*settings.temperatures)
        result = losses(model, batch.to(device), len(batch.ids) // 2, temperature)
        result.total.backward()  # type: ignore[no-untyped-call]
        optimizer.step(settings.schedule.rate(share), _add_up)
        tally.share, tally.seconds = share, clock.ran
        tally.encoder_tokens += batch.ids.numel() * settings.processes
        if batch.canvases is not None:
            tally.canvas_slots += batch.canvases.clean.numel() * settings.processes
        if journal is not None:
            journal.after_step(result.next_token, result.hole)
    if journal is not None:
        journal.close()


def _beginning(settings: Settings) -> Any:
    if settings.start is None:
        return build(starter_config(), settings.seed)
    return DiffusionGemmaForBlockDiffusion.from_pretrained(settings.start, dtype=torch.float32)


def _journal(
    settings: Settings, model: Any, optimizer: Optimizer, tally: checkpoint.Tally, tokenizer: Tokenizer
) -> Journal:
    modules = load(settings.state, Role.VALIDATION)
    batches = validation_batches(modules, tokenizer, PROMPT_TOKENS, settings.slots)
    device = torch.device(settings.device)
    return Journal(settings.state, model, optimizer, tally, [batch.to(device) for batch in batches])


def _batch(
    settings: Settings, step: int, rank: int, share: float, modules: Sequence[Module], tokenizer: Tokenizer
) -> Batch:
    tokens, slots = PROMPT_TOKENS, 0
    if settings.schedule.is_joint(share):
        # The same in all processes, so that none waits for another.
        tokens = random.Random(f"{settings.seed} {step}").choice(settings.joint_prompts)
        slots = settings.slots
    rng = random.Random(f"{settings.seed} {step} {rank}")
    rows = max(1, settings.positions // (tokens + slots))
    return make_batch(sample_documents(modules, rows, tokens, tokenizer, rng), slots, tokenizer, rng)


def _agreed(share: float) -> float:
    """Return what the first process says, in all of them: their clocks differ, and they must stop together."""
    said = torch.tensor([share], dtype=torch.float64)
    if distributed.is_initialized():
        distributed.broadcast(said, 0)
    return float(said)


def _add_up(tensor: Tensor) -> None:
    if distributed.is_initialized():
        distributed.all_reduce(tensor)
