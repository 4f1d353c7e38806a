"""A run of tuning, step by step: it learns, looks at held-out examples now and then, and ends where they say so.

1. Before the first step, and at every tenth of the budget: the loss of held-out examples with the weights' averages,
   and at every fifth such check how many of them are filled right.
2. The averages of the check with the least loss are kept.
3. The run ends with its budget, or when three checks in a row found nothing better.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from diffgemma_lsp.errors import OutOfMemoryError
from diffgemma_lsp.fill import Filler
from diffgemma_lsp.training.batch import Batch
from diffgemma_lsp.training.journal import SAVE_SECONDS
from diffgemma_lsp.training.learning import alone, learn
from diffgemma_lsp.training.objective import losses
from diffgemma_lsp.training.optimizer import Optimizer, Rates
from diffgemma_lsp.training.schedule import Clock, Schedule
from diffgemma_lsp.training.tuning import state
from diffgemma_lsp.training.tuning.record import Check
from diffgemma_lsp.training.tuning.state import Progress
from diffgemma_lsp.training.tuning.task import Task

CHECKS = 10
_FILLS_EVERY = 5
_PATIENCE = 3


@dataclass(frozen=True, slots=True)
class Budget:
    """How long a run lasts in all of its calls: by the clock, or by optimizer steps; one of the two is given."""

    seconds: float | None = None
    steps: int | None = None

    def share(self, clock: Clock, steps: int, now: float) -> float | None:
        """Return the share of the run that has passed after some steps, None once it is over. Ticks the clock."""
        by_clock = clock.tick(now)
        if self.steps is None:
            return by_clock
        return steps / self.steps if steps < self.steps else None


@dataclass(frozen=True, slots=True)
class Stepped:
    """A step was made: how many there were, the share of the run that has passed, and the loss before it in nats."""

    steps: int
    share: float
    loss: float


@dataclass(frozen=True, slots=True)
class Run:
    """What a run is given.

    `order` is what it was asked, as plain values: a run goes on only under the same. `folder` keeps its state. `filler`
    makes one of the model as it is then. `is_stopped` is asked after each step; a run that is stopped can go on.
    """

    model: Any
    task: Task
    budget: Budget
    order: Mapping[str, Any]
    folder: Path
    filler: Callable[[], Filler]
    schedule: Schedule
    rates: Rates = field(default_factory=Rates)
    is_stopped: Callable[[], bool] = lambda: False
    now: Callable[[], float] = time.time


def tune(run: Run, optimizer: Optimizer, progress: Progress) -> Iterator[Stepped | Check]:
    """Learn until the run ends; yield each step and each check. `optimizer` and `progress` are those of the run so far.

    What was learned is saved now and then, and whenever the run ends or is stopped. Raises OutOfMemoryError where a
    batch, or what is kept of the weights, does not fit after all.
    """
    try:
        yield from _tune(run, optimizer, progress)
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise OutOfMemoryError(
            f"step {optimizer.steps + 1} needs more memory than there is: lower --positions, or take another --scheme;"
            " the same command goes on from what was saved last if neither changes"
        ) from error


def _tune(run: Run, optimizer: Optimizer, progress: Progress) -> Iterator[Stepped | Check]:
    clock = Clock(math.inf, progress.seconds, run.budget.seconds or math.inf)
    device = next(run.model.parameters()).device
    held_out = [batch.to(device) for batch in run.task.held_out()]
    if not progress.checks:
        yield _check(run, optimizer, progress, held_out)
    saved_at = time.monotonic()
    made = learn(
        run.model,
        optimizer,
        _shares(run, clock, optimizer, progress),
        lambda _: run.task.batch(optimizer.steps).to(device),
        run.schedule.rate,
        alone,
    )
    for step in made:
        progress.seconds = clock.ran
        yield Stepped(optimizer.steps, step.share, float(step.losses.total.detach()))
        if step.share * CHECKS >= len(progress.checks):
            yield _check(run, optimizer, progress, held_out)
        if time.monotonic() - saved_at >= SAVE_SECONDS:
            state.save(run.folder, run.order, optimizer.state(), progress)
            saved_at = time.monotonic()
    progress.seconds = clock.ran
    if not run.is_stopped() and progress.checks[-1].step != optimizer.steps:
        yield _check(run, optimizer, progress, held_out)
    state.save(run.folder, run.order, optimizer.state(), progress)


def _shares(run: Run, clock: Clock, optimizer: Optimizer, progress: Progress) -> Iterator[float]:
    while not run.is_stopped() and progress.checks_since_best < _PATIENCE:
        share = run.budget.share(clock, optimizer.steps, run.now())
        if share is None:
            return
        yield share


def _check(run: Run, optimizer: Optimizer, progress: Progress, held_out: list[Batch]) -> Check:
    """Look at held-out examples with the averages, and keep those if they are the best so far."""
    fills = len(progress.checks) % _FILLS_EVERY == 0
    with optimizer.averaged():
        with torch.no_grad():
            loss = sum(float(losses(run.model, batch, 0).total) for batch in held_out) / len(held_out)
        quality = run.task.measure(run.filler()) if fills else None
    check = Check(optimizer.steps, progress.seconds, loss if math.isfinite(loss) else math.inf, quality)
    progress.checks.append(check)
    if progress.best_check is check:
        progress.best = {name: average.clone() for name, average in optimizer.averages.items()}
    return check
