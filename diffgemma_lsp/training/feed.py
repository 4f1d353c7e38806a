"""Batches in the order of their steps, made beside the training: a GPU asks for more than one core can make.

What a batch holds depends on the seed, the step and the rank alone, and on the phase that the run is in; so it does not
matter who makes it. Worker number w of n makes those of the steps w, w + n, w + 2n and so on.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.sharedctypes import Synchronized
from typing import Any, TypeAlias

import torch

from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.training.batch import Batch, CanvasBatch, make_batch, sample_documents
from diffgemma_lsp.training.dialect import Dialect
from diffgemma_lsp.training.schedule import Schedule
from diffgemma_lsp.training.shape import PROMPT_TOKENS

READY_PER_WORKER = 4

Arrays: TypeAlias = tuple[Any, Any, tuple[Any, ...] | None]
"""A batch as NumPy arrays, which travel between processes without shared memory: containers have little of it."""


@dataclass(frozen=True, slots=True)
class Mix:
    """What batches are made of."""

    positions: int = 4608
    """Tokens and canvas slots per process and step: as many documents as fit are read."""
    slots: int = 384
    """Canvas slots per document in the joint phase."""
    joint_prompts: tuple[int, ...] = (256, 512)
    """Tokens of a document in the joint phase, drawn per step: short ones leave more of the time to the canvases."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """Makes batches from modules."""

    modules: list[Module]
    dialect: Dialect
    mix: Mix
    schedule: Schedule

    def batch(self, step: int, rank: int, share: float) -> Batch:
        """Return a process's batch of a step, at a share of the run."""
        mix = self.mix
        tokens, slots = PROMPT_TOKENS, 0
        if self.schedule.is_joint(share):
            # The same in all processes, so that none waits for another.
            tokens = random.Random(f"{mix.seed} {step}").choice(mix.joint_prompts)
            slots = mix.slots
        rng = random.Random(f"{mix.seed} {step} {rank}")
        rows = max(1, mix.positions // (tokens + slots))
        documents = sample_documents(self.modules, rows, tokens, self.dialect, rng)
        return make_batch(documents, slots, self.dialect, rng).padded(tokens)


class Feed:
    """Worker processes that make batches ahead of their steps. Closing it ends them."""

    def __init__(self, load: Callable[[], Source], workers: int, rank: int, step: int) -> None:
        """Start workers, each of which loads its own source; `step` is the first to be asked for."""
        context = get_context("spawn")
        self._share: Synchronized[float] = context.Value("d", 0.0)
        self._queues: list[Queue[Arrays]] = [context.Queue(READY_PER_WORKER) for _ in range(workers)]
        self._processes = [
            context.Process(target=_work, args=(load, self._share, queue, rank, step + number, workers), daemon=True)
            for number, queue in enumerate(self._queues)
        ]
        for process in self._processes:
            process.start()
        self._order = self._in_turn()

    def next(self, share: float) -> Batch:
        """Return the batch of the next step; `share` is where the run is, for the batches to come."""
        self._share.value = share
        return next(self._order)

    def close(self) -> None:
        """End the workers."""
        for process in self._processes:
            process.terminate()
            process.join()

    def _in_turn(self) -> Iterator[Batch]:
        for turn in count():
            yield _as_batch(self._queues[turn % len(self._queues)].get())


def _work(
    load: Callable[[], Source], share: Synchronized[float], queue: Queue[Arrays], rank: int, first: int, stride: int
) -> None:
    torch.set_num_threads(1)
    source = load()
    for step in count(first, stride):
        queue.put(_as_arrays(source.batch(step, rank, share.value)))


def _as_arrays(batch: Batch) -> Arrays:
    canvases = batch.canvases
    parts = None if canvases is None else tuple(getattr(canvases, name).numpy() for name in CanvasBatch.__slots__)
    return batch.ids.numpy(), batch.scored.numpy(), parts


def _as_batch(arrays: Arrays) -> Batch:
    ids, scored, parts = arrays
    canvases = None if parts is None else CanvasBatch(*(torch.from_numpy(part) for part in parts))
    return Batch(torch.from_numpy(ids), torch.from_numpy(scored), canvases)
