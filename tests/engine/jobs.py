"""Jobs whose events can be waited for, and a filler that takes a step only when it is told to."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator

from diffgemma_lsp.engine.client.request import FillRequest, JobKind
from diffgemma_lsp.engine.job import Job
from diffgemma_lsp.errors import DiffgemmaError
from diffgemma_lsp.fill import Candidate, Draft, Event, Fill, FillTask, Hole, Timings

TIMEOUT_SECONDS = 30
FILL = Fill((Candidate(((),), 0.5, 0.0, 1, "stable"),), Timings(0, 0, 0, 0, 8, 2), "gated")


class Listener:
    """Waits for what a job emits."""

    def __init__(self) -> None:
        self._items: queue.Queue[Event | DiffgemmaError] = queue.Queue()
        self.hear = self._items.put

    def next(self) -> Event | DiffgemmaError:
        return self._items.get(timeout=TIMEOUT_SECONDS)

    def is_silent(self) -> bool:
        return self._items.empty()


def job(
    client: str = "a", path: str = "", kind: JobKind = "explicit", listener: Listener | None = None, text: str = ""
) -> Job:
    task = FillTask((text, Hole()), path=path)
    return Job(FillRequest(task, kind, client), (listener or Listener()).hear)


class Gated:
    """A filler of `steps` steps, each of which waits for `step()`. `begun` holds the first piece of each task."""

    name = "gated"
    follows_instructions = False

    def __init__(self, steps: int = 3) -> None:
        self._steps = steps
        self._permits = threading.Semaphore(0)
        self._arrivals = threading.Semaphore(0)
        self.begun: list[object] = []
        self.taken = 0
        self.closed = 0

    def step(self) -> None:
        """Let one step be taken, and wait until it is waited for."""
        assert self._arrivals.acquire(timeout=TIMEOUT_SECONDS)
        self._permits.release()

    def wait_for_step(self) -> None:
        """Wait until a task is in the middle of a step, which the next `step()` lets it finish."""
        assert self._arrivals.acquire(timeout=TIMEOUT_SECONDS)
        self._arrivals.release()

    def fill(self, task: FillTask) -> Generator[Event, None, None]:
        self.begun.append(task.pieces[0])
        try:
            for step in range(self._steps):
                self._arrivals.release()
                assert self._permits.acquire(timeout=TIMEOUT_SECONDS)
                self.taken += 1
                yield Draft(step, self._steps, ((),))
            yield FILL
        finally:
            self.closed += 1
