"""A run of tuning on disk, beside where its result will be, so that the same command goes on with it."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.training.checkpoint import write_whole
from diffgemma_lsp.training.tuning.record import Check, checks_from


@dataclass(slots=True)
class Progress:
    """How far a run is: seconds of it, what its checks found, and the averages of the weights at the best of them."""

    seconds: float = 0.0
    checks: list[Check] = field(default_factory=list)
    best: dict[str, Tensor] = field(default_factory=dict)

    @property
    def best_check(self) -> Check:
        """The check with the least loss, the first of equals."""
        return min(self.checks, key=lambda check: check.loss)

    @property
    def checks_since_best(self) -> int:
        """How many checks found nothing better."""
        return len(self.checks) - 1 - self.checks.index(self.best_check)


def state_folder(out: Path) -> Path:
    """Return where the state of the run stands that will make `out`."""
    return out.with_name(f".{out.name}.tuning")


def save(folder: Path, order: Mapping[str, Any], optimizer: dict[str, Any], progress: Progress) -> None:
    """Replace what is saved of a run. `order` is what it was asked."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "order": dict(order),
        "optimizer": optimizer,
        "seconds": progress.seconds,
        "checks": [asdict(check) for check in progress.checks],
        "best": progress.best,
    }
    write_whole(folder / "state.pt", content)


def read(folder: Path, order: Mapping[str, Any]) -> tuple[dict[str, Any], Progress] | None:
    """Return the optimizer's state and the progress of the run in a folder, None where there is none.

    Raises InputError where it was asked something else.
    """
    path = folder / "state.pt"
    if not path.exists():
        return None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        saved, progress = (
            content["order"],
            Progress(content["seconds"], checks_from(content["checks"]), content["best"]),
        )
    except (OSError, RuntimeError, EOFError, KeyError, TypeError, pickle.UnpicklingError) as error:
        raise InputError(f"{path} is no state of a run that can be read: remove {folder} to begin anew") from error
    for key, value in order.items():
        if saved.get(key) != value:
            raise InputError(
                f"{folder} holds a run with another {key} ({saved.get(key)}, now {value}): ask for the same as then, or"
                " remove it to begin anew, or name another --out"
            )
    return content["optimizer"], progress


def forget(folder: Path) -> None:
    """Remove what was saved of a run."""
    shutil.rmtree(folder, ignore_errors=True)
