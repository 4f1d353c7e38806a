"""The optimizer step, over and over: what making the starter and tuning any checkpoint have in common."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from diffgemma_lsp.training.batch import Batch
from diffgemma_lsp.training.objective import Losses, losses
from diffgemma_lsp.training.optimizer import Optimizer, Sum

TEMPERATURES = (0.4, 1.0)
"""Of the distributions that self-conditioning is made of; denoising cools them down."""
CONDITIONED_SHARE = 0.5
"""Of a batch's documents: so many are decoded in two passes."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A step that was made: the share of the run at which it began, its batch, and the losses before it."""

    share: float
    batch: Batch
    losses: Losses


def learn(
    model: Any,
    optimizer: Optimizer,
    shares: Iterable[float],
    batch_at: Callable[[float], Batch],
    rate: Callable[[float], float],
    add_up: Sum,
    temperatures: tuple[float, float] = TEMPERATURES,
) -> Iterator[Learned]:
    """Make a step for each of `shares`, and yield it: losses, gradients, their sum over the processes, update.

    `batch_at` and `rate` return a share's batch, on the model's device, and the factor of the learning rates. The
    temperature is drawn by the number of the step, so that it is the same in all processes and in a run that goes on.
    """
    for share in shares:
        batch = batch_at(share)
        temperature = random.Random(optimizer.steps).uniform(*temperatures)
        result = losses(model, batch, int(CONDITIONED_SHARE * len(batch.ids)), temperature)
        result.total.backward()  # type: ignore[no-untyped-call]
        optimizer.step(rate(share), add_up)
        yield Learned(share, batch, result)


def alone(_: Tensor) -> None:
    """Add up over one process."""
