"""The runs behind a checkpoint. They travel with its weights, so that a run that goes on from them adds its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from diffgemma_lsp.errors import InputError

FILE = "training.json"


@dataclass(frozen=True, slots=True)
class Run:
    """One run: seconds of training, optimizer steps, tokens read by the encoder, canvas slots denoised."""

    seconds: float
    steps: int
    encoder_tokens: int
    canvas_slots: int


def read_runs(folder: Path) -> tuple[Run, ...]:
    """Return the runs behind the checkpoint in a folder, the first one first; none where nothing is recorded.

    Raises InputError if the record is not one of ours.
    """
    path = folder / FILE
    if not path.exists():
        return ()
    try:
        return tuple(Run(**run) for run in json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise InputError(f"{path} is no record of training runs ({error}): restore it, or remove it") from error


def write_runs(folder: Path, runs: Sequence[Run]) -> None:
    """Record the runs behind a checkpoint in its folder."""
    text = json.dumps([asdict(run) for run in runs], indent=1)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")
