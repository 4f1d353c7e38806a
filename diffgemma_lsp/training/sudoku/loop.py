"""The training loop for Sudoku, in one process per core with the same weights in all of them.

Each step: 1. the first process tells which share of the time has passed, and with it whether to stop; 2. each process
draws its own puzzles, seeded by step and rank; 3. losses, gradients, their mean over the processes, update; 4. the
first process reports, saves and solves held-out puzzles by the clock.
"""

from __future__ import annotations

import math
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from queue import Empty
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import distributed
from torch.multiprocessing.spawn import spawn

from diffgemma_lsp.training.optimizer import Optimizer, Rates
from diffgemma_lsp.training.peers import add_up, agreed
from diffgemma_lsp.training.schedule import Clock
from diffgemma_lsp.training.speed import hasten
from diffgemma_lsp.training.sudoku.examples import draw
from diffgemma_lsp.training.sudoku.journal import Journal, Report
from diffgemma_lsp.training.sudoku.objective import Plan, losses
from diffgemma_lsp.training.sudoku.run import RunFolder, Tally
from diffgemma_lsp.training.sudoku.shape import begin

POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is given: where its state stands, how long it is, and the sizes of what it learns from.

    It lasts some seconds of training, or some steps where `steps` is given. `rows` are the puzzles of a step in one
    process, `ordered` of them are read from left to right, too.
    """

    folder: RunFolder
    seconds: float
    steps: int | None = None
    seed: int = 0
    processes: int = 2
    sparse: int = 3000
    rows: int = 24
    ordered: int = 3


def clues_at(share: float) -> tuple[int, int]:
    """Return the bounds of the numbers of clues at a share of the run: 40 to 60 at first, 24 to 50 after a fifth."""
    easy = max(0.0, 1 - share / 0.2)
    return round(24 + 16 * easy), round(50 + 10 * easy)


def rate_at(steps: int, share: float) -> float:
    """Return the factor of the learning rates: a warm-up of 50 steps, a plateau, a fall to zero from 70 % on."""
    return min(1.0, (steps + 1) / 50) * min(1.0, (1 - share) / 0.3)


def plan_at(share: float, settings: Settings, rng: random.Random) -> Plan:
    """Return how a step's puzzles are treated. From 35 % of the run on, up to four steps are the model's own."""
    steps = 1 + (rng.randint(0, 3) if share > 0.35 else 0)
    return Plan(settings.rows // 2, settings.ordered, steps, rng.uniform(0.4, 1.0))


def train(settings: Settings, is_stopped: Callable[[], bool]) -> Iterator[Report]:
    """Train until the time is over or `is_stopped` says so, from the newest checkpoint if there is one; yield reports.

    Each process is of its own, and computes on one thread: more of them wait for each other whenever a core is busy.
    Raises InputError for a state that this run cannot go on with.
    """
    settings.folder.read(settings.seed)
    settings.folder.puzzles(settings.seed, settings.sparse)
    context = get_context("spawn")
    reports, stop = context.Queue(), context.Event()
    with TemporaryDirectory() as rendezvous:
        meeting = f"file://{Path(rendezvous) / 'meeting'}"
        processes = spawn(_process, (settings, meeting, reports, stop), settings.processes, join=False)  # type: ignore[no-untyped-call]
        try:
            while not processes.join(timeout=POLL_SECONDS):
                if is_stopped():
                    stop.set()
                yield from _received(reports)
            yield from _received(reports)
        finally:
            stop.set()
            while not processes.join():
                pass


def _received(reports: Any) -> Iterator[Report]:
    while True:
        try:
            yield reports.get(timeout=0.01)
        except Empty:
            return


def _process(rank: int, settings: Settings, meeting: str, reports: Any, stop: Any) -> None:
    # Whoever started the run hears of Ctrl-C, and lets all processes end at the same step.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", meeting, rank=rank, world_size=settings.processes)
    try:
        _run(rank, settings, reports.put, stop.is_set)
    finally:
        distributed.destroy_process_group()


def _run(rank: int, settings: Settings, report: Callable[[Report], None], is_stopped: Callable[[], bool]) -> None:
    model = begin(settings.seed)
    hasten(model)
    optimizer = Optimizer(model, Rates(), rank, settings.processes)
    tally = _beginning(settings, optimizer)
    sparse = settings.folder.puzzles(settings.seed, settings.sparse)
    journal = Journal(model, optimizer, tally, settings.folder, settings.seed, report) if rank == 0 else None
    clock = Clock(math.inf, tally.seconds, settings.seconds if settings.steps is None else math.inf)

    def share_now() -> float | None:
        share = clock.tick(time.time())
        if settings.steps is not None:
            share = optimizer.steps / settings.steps if optimizer.steps < settings.steps else None
        return None if is_stopped() else share

    while (share := agreed(share_now())) is not None:
        rng = random.Random(f"{settings.seed} {optimizer.steps} {rank}")
        generator = torch.Generator().manual_seed(rng.getrandbits(60))
        cells = draw(sparse, settings.rows, clues_at(share), rng)
        result = losses(model, cells, plan_at(share, settings, rng), generator)
        result.total.backward()  # type: ignore[no-untyped-call]
        optimizer.step(rate_at(optimizer.steps, share), add_up)
        tally.seconds, tally.steps = clock.ran, optimizer.steps
        tally.puzzles += settings.rows * settings.processes
        if journal is not None:
            journal.after_step(share, result)
    if journal is not None:
        journal.close()


def _beginning(settings: Settings, optimizer: Optimizer) -> Tally:
    found = settings.folder.read(settings.seed)
    if found is None:
        return Tally()
    tally, state = found
    optimizer.restore(state)
    return tally
