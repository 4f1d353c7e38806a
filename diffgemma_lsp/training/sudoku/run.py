"""The state of a run on disk: its puzzles, its newest weights, and a snapshot of them from time to time."""

from __future__ import annotations

import pickle
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.sudoku.generator import Puzzle
from diffgemma_lsp.training.sudoku.examples import read_puzzles, sparse_puzzles, write_puzzles


@dataclass(slots=True)
class Tally:
    """How far a run is: seconds of training, optimizer steps, puzzles seen in all processes."""

    seconds: float = 0.0
    steps: int = 0
    puzzles: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The averages of the weights at one moment of a run, by the decoder's names for them."""

    tally: Tally
    averages: dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of a run."""

    path: Path

    @property
    def state(self) -> Path:
        """The newest checkpoint, with all that a later process needs to go on."""
        return self.path / "state.pt"

    def puzzles(self, seed: int, count: int) -> list[Puzzle]:
        """Return the sparse puzzles of a seed, made at the first call: a few minutes for thousands."""
        path = self.path / f"puzzles-{seed}-{count}.jsonl"
        if not path.exists():
            self.path.mkdir(parents=True, exist_ok=True)
            write_puzzles(path, list(sparse_puzzles(f"{seed}", count)))
        return read_puzzles(path)

    def save(self, seed: int, tally: Tally, optimizer: dict[str, Any]) -> None:
        """Replace the newest checkpoint, and keep the averages of the weights as a snapshot, too."""
        _write(self.state, {"seed": seed, "tally": asdict(tally), "optimizer": optimizer})
        snapshot = self.path / f"snapshot-{round(tally.seconds):06}.pt"
        _write(snapshot, {"tally": asdict(tally), "averages": optimizer["averages"]})

    def read(self, seed: int) -> tuple[Tally, dict[str, Any]] | None:
        """Return the newest checkpoint, None where there is none. Raises InputError for one that cannot go on."""
        if not self.state.exists():
            return None
        content = _read(self.state)
        if "tally" not in content:
            raise InputError(f"{self.path} holds the run of another task: remove it, or name another --out")
        if content["seed"] != seed:
            raise InputError(
                f"{self.path} holds a run of seed {content['seed']}, not {seed}: ask for that one, or remove it"
            )
        return Tally(**content["tally"]), content["optimizer"]

    def snapshots(self) -> list[Snapshot]:
        """Return all snapshots, the first one first. Raises InputError where one cannot be read."""
        contents = map(_read, sorted(self.path.glob("snapshot-*.pt")))
        return [Snapshot(Tally(**content["tally"]), content["averages"]) for content in contents]


def _write(path: Path, content: dict[str, Any]) -> None:
    partial = path.with_suffix(".partial")
    torch.save(content, partial)
    partial.replace(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise InputError(f"{path} is no state of a run that can be read: remove the folder to begin anew") from error
    return content
