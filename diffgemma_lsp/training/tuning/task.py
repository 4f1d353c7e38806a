"""The contract of what a checkpoint is tuned to: a task brings examples, and says how good fills of others are.

A new task is one module with a `Kind` of the name `KIND`, and one row in the table of `diffgemma tune`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from diffgemma_lsp.fill import Filler
from diffgemma_lsp.training.batch import Batch
from diffgemma_lsp.training.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Quality:
    """Of fills of held-out examples: the share that is right, denoising steps in the mean, and how many they were."""

    exact: float
    steps: float
    cases: int


class Task(Protocol):
    """Examples for one checkpoint. Batches stand on the CPU."""

    @property
    def digest(self) -> str:
        """What is the same as long as the examples are: a run goes on with the very same ones only."""
        ...

    @property
    def summary(self) -> str:
        """The examples in a few words and numbers, such as "41 files, 3 held out"; it is kept beside the weights."""
        ...

    def batch(self, step: int) -> Batch:
        """Return the examples of an optimizer step, counted from 0: the same ones for the same step."""
        ...

    def held_out(self) -> Sequence[Batch]:
        """Return examples that no `batch` holds, the same at every call: their loss says when to stop."""
        ...

    def measure(self, filler: Filler) -> Quality:
        """Fill held-out examples, the same at every call."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks of a task: `data` is what `--data` names, None where it names nothing.

    `positions` are the tokens and canvas slots of a batch, in all its rows.
    """

    data: Path | None
    seed: int
    positions: int


@dataclass(frozen=True, slots=True)
class Kind:
    """A task that examples can be opened for.

    `open` reads and checks all examples before any weight is loaded, and raises InputError for what cannot be learned
    from.
    """

    open: Callable[[Request, Dialect], Task]
