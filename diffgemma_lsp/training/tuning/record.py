"""What a tuned checkpoint remembers of its making, in `tuning.json`; of the examples only how many they were."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from diffgemma_lsp.models.files import weight_files
from diffgemma_lsp.models.names import Checkpoint
from diffgemma_lsp.models.tuned import RECORD, read_record
from diffgemma_lsp.training.tuning.task import Quality

_BYTES_AT_ONCE = 1 << 24


@dataclass(frozen=True, slots=True)
class Base:
    """The checkpoint that was tuned: its name, the SHA-256 of its weight files in order, and its own record if any."""

    name: str
    digest: str
    tuning: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """How good the weights were after some steps: the loss of held-out examples in nats, and their fills, if filled."""

    step: int
    seconds: float
    loss: float
    quality: Quality | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """All that is kept of a run. `kept` is the check whose weights these are; `examples` is a task's summary."""

    base: Base
    task: str
    examples: str
    method: str
    seed: int
    kept: Check
    checks: tuple[Check, ...]


def base_of(checkpoint: Checkpoint) -> Base:
    """Return what is remembered of a checkpoint. Raises ModelError where it cannot be read."""
    digest = hashlib.sha256()
    for path in weight_files(checkpoint.folder):
        with path.open("rb") as file:
            while block := file.read(_BYTES_AT_ONCE):
                digest.update(block)
    return Base(checkpoint.name, digest.hexdigest(), read_record(checkpoint.folder))


def write_record(folder: Path, record: Record) -> None:
    """Write the record beside the weights."""
    (folder / RECORD).write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")


def checks_from(values: Sequence[dict[str, Any]]) -> list[Check]:
    """Return checks that `asdict` took apart."""
    return [
        Check(**{**value, "quality": None if value["quality"] is None else Quality(**value["quality"])})
        for value in values
    ]
