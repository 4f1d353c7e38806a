"""One call of `diffgemma tune`: everything is checked, then loaded, then learned, then written."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch

from diffgemma_lsp.errors import DiffgemmaError, InputError
from diffgemma_lsp.fill import Progress as Loading
from diffgemma_lsp.infilling.filler import DiffusionFiller
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.checkpoint import read_config
from diffgemma_lsp.models.growing import require_disk, require_new
from diffgemma_lsp.models.loading import load_checkpoint, model_on_meta, settle_threads, usual_device
from diffgemma_lsp.models.names import Checkpoint
from diffgemma_lsp.models.source import find_checkpoint
from diffgemma_lsp.training.dialect import dialect_of
from diffgemma_lsp.training.optimizer import Optimizer, Rates
from diffgemma_lsp.training.schedule import Schedule
from diffgemma_lsp.training.speed import hasten, training_dtype
from diffgemma_lsp.training.tuning import state
from diffgemma_lsp.training.tuning.plan import Plan, Wish, plan, require_unpacked
from diffgemma_lsp.training.tuning.record import Base, Record, base_of
from diffgemma_lsp.training.tuning.result import Changes, result_bytes, write_result
from diffgemma_lsp.training.tuning.run import Budget, Run
from diffgemma_lsp.training.tuning.state import Progress, state_folder
from diffgemma_lsp.training.tuning.task import Kind, Request, Task

# Factors of the rates that random weights learn with: what knows something already takes smaller steps.
_PEAKS = {"full": 0.5, "lora": 0.2}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a user asks: `source` names the checkpoint, `task` a `Kind`."""

    source: str
    task: str
    data: Path | None
    out: Path
    budget: Budget
    seed: int = 0
    wish: Wish = field(default_factory=Wish)


@dataclass(frozen=True, slots=True)
class Session:
    """What was asked, and found to be possible. `order` is what a run that goes on must have been asked, too."""

    asked: Asked
    checkpoint: Checkpoint
    base: Base
    plan: Plan
    task: Task
    device: torch.device

    @property
    def folder(self) -> Path:
        """Where the state of the run stands."""
        return state_folder(self.asked.out)

    @property
    def order(self) -> Mapping[str, Any]:
        """What must be the same in all calls of a run, as errors name it."""
        return {
            "base": self.base.digest,
            "task": self.asked.task,
            "content of --data": self.task.digest,
            "method": self.plan.words,
            "seed": self.asked.seed,
            "number of positions": self.plan.positions,
        }


def open_session(asked: Asked, kind: Kind) -> Session:
    """Check all that can be checked without weights. Raises an error of the tree; nothing is left behind then."""
    require_new(asked.out, "--out")
    folder = state_folder(asked.out)
    is_new = not folder.exists()
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"{asked.out} cannot be made ({error.strerror}): name --out in a folder of yours") from error
    try:
        return _opened(asked, kind)
    except DiffgemmaError:
        if is_new:
            state.forget(folder)
        raise


def _opened(asked: Asked, kind: Kind) -> Session:
    checkpoint = find_checkpoint(asked.source)
    require_unpacked(checkpoint)
    model = model_on_meta(read_config(checkpoint.folder))
    device = usual_device()
    made = plan(checkpoint.name, model, asked.wish, device)
    require_disk(asked.out, result_bytes(checkpoint) + made.room.learning, "--out")
    request = Request(asked.data, asked.seed, made.positions)
    task = kind.open(request, dialect_of(checkpoint.folder, checkpoint.name))
    return Session(asked, checkpoint, base_of(checkpoint), made, task, device)


def begin(
    session: Session, report: Callable[[Loading], None], is_stopped: Callable[[], bool]
) -> tuple[Run, Optimizer, Progress]:
    """Load the weights, and what was saved of the run if it goes on. Raises an error of the tree."""
    asked, chosen = session.asked, session.plan
    state.read(session.folder, session.order)  # what was asked before is refused before the weights are loaded
    loaded = load_checkpoint(
        session.checkpoint,
        session.device,
        report,
        training_dtype(session.device.type),
        free=lambda _: None,
        scheme=chosen.scheme,
    )
    model = loaded.model
    hasten(model)
    settle_threads(model, session.device)
    if chosen.method == "full":
        model.requires_grad_(True)
    else:
        from diffgemma_lsp.training.tuning.adapters import adapt  # noqa: PLC0415 - peft takes seconds to import

        adapt(model, chosen.rank, asked.seed)
    optimizer, progress = Optimizer(model, Rates()), Progress()
    if saved := state.read(session.folder, session.order):
        optimizer.restore(saved[0])
        progress = saved[1]
    run = Run(
        model=model,
        task=session.task,
        budget=asked.budget,
        order=session.order,
        folder=session.folder,
        filler=partial(
            DiffusionFiller, TransformersBackend(model), loaded.tokenizer, loaded.profile, session.checkpoint.name
        ),
        schedule=Schedule(joint_from=0.0, warm_until=0.05, decay_from=0.4, peak=_PEAKS[chosen.method]),
        is_stopped=is_stopped,
    )
    return run, optimizer, progress


def finish(session: Session, run: Run, optimizer: Optimizer, progress: Progress) -> Record | None:
    """Write the best weights of a run as a checkpoint, and forget its state; None where the base was the best."""
    kept = progress.best_check
    if kept.step == 0 or not math.isfinite(kept.loss):
        state.forget(session.folder)
        return None
    for name, parameter in optimizer.parameters.items():
        parameter.data.copy_(progress.best[name])
    record = Record(
        session.base,
        session.asked.task,
        session.task.summary,
        session.plan.words,
        session.asked.seed,
        kept,
        tuple(progress.checks),
    )
    write_result(session.checkpoint, session.asked.out, _changes(session.plan, run.model, progress), record)
    state.forget(session.folder)
    return record


def _changes(chosen: Plan, model: Any, progress: Progress) -> Changes:
    if chosen.method == "full":
        return Changes(replaced=progress.best)
    from diffgemma_lsp.training.tuning.adapters import learned_changes  # noqa: PLC0415 - see begin

    return Changes(added=learned_changes(model))
