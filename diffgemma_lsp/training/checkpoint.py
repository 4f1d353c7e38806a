"""The state of a run on disk: written whole or not at all, so that a stop at any moment costs minutes at most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from diffgemma_lsp.errors import ModelNotFoundError
from diffgemma_lsp.training.batch import Batch
from diffgemma_lsp.training.history import Run
from diffgemma_lsp.training.optimizer import Optimizer


@dataclass(slots=True)
class Tally:
    """How far a run of a shape is: seconds of training, its share of the whole, tokens read and canvas slots filled.

    `earlier` are the runs behind the weights that this one began from.
    """

    seconds: float = 0.0
    encoder_tokens: int = 0
    canvas_slots: int = 0
    share: float = 0.0
    shape: str = "small"
    earlier: tuple[Run, ...] = ()

    @property
    def tokens(self) -> int:
        """Positions that the model was trained on, in the encoder or in the decoder."""
        return self.encoder_tokens + self.canvas_slots

    @property
    def steps_before(self) -> int:
        """Optimizer steps of the runs behind the weights that this one began from."""
        return sum(run.steps for run in self.earlier)

    def count(self, batch: Batch, processes: int = 1) -> None:
        """Add a batch that each process had one like."""
        self.encoder_tokens += batch.ids.numel() * processes
        if batch.canvases is not None:
            self.canvas_slots += batch.canvases.clean.numel() * processes


def checkpoint_path(state: Path) -> Path:
    """Return where the newest checkpoint lies."""
    return state / "checkpoint.pt"


def save(state: Path, optimizer: Optimizer, tally: Tally) -> None:
    """Replace the newest checkpoint."""
    write_whole(checkpoint_path(state), {"optimizer": optimizer.state(), "tally": asdict(tally)})


def write_whole(path: Path, content: Mapping[str, Any]) -> None:
    """Replace a file by one with tensors, numbers and texts, all of it or nothing."""
    partial = path.with_suffix(".partial")
    torch.save(dict(content), partial)
    partial.replace(path)


def read(state: Path) -> tuple[dict[str, Any], Tally]:
    """Return the optimizer's state and the tally of the newest checkpoint. Raises ModelNotFoundError."""
    path = checkpoint_path(state)
    if not path.exists():
        raise ModelNotFoundError(f"{state} holds no checkpoint yet: train first, or name another folder by --state")
    content = torch.load(path, map_location="cpu", weights_only=True)
    earlier = tuple(Run(**run) for run in content["tally"].pop("earlier", ()))
    return content["optimizer"], Tally(**content["tally"], earlier=earlier)
