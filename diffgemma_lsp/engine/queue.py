"""Which job is next. It knows no threads and no model."""

from __future__ import annotations

from collections.abc import Iterator

from diffgemma_lsp.engine.job import Job
from diffgemma_lsp.errors import EngineBusyError

_REMEMBERED_CLIENTS = 256


class JobQueue:
    """Jobs that wait: explicit ones first, clients in turn, and each client's in the order in which they came.

    It holds at most `limit` jobs, and at most `client_limit` of one client.
    """

    def __init__(self, limit: int = 64, client_limit: int = 16) -> None:
        self._limit = limit
        self._client_limit = client_limit
        self._jobs: list[Job] = []
        # Clients by when they had their last turn, the longest ago first.
        self._turns: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._jobs)

    def __iter__(self) -> Iterator[Job]:
        return iter(tuple(self._jobs))

    @property
    def has_explicit(self) -> bool:
        """Whether a job waits that somebody asked for."""
        return any(not job.is_automatic for job in self._jobs)

    def add(self, job: Job) -> tuple[Job, ...]:
        """Let a job wait, and return those that it replaces, which no longer do.

        Raises EngineBusyError when there is no room for it.
        """
        replaced = tuple(older for older in self._jobs if job.replaces(older))
        left = [older for older in self._jobs if older not in replaced]
        client = job.request.client_id
        own = sum(older.request.client_id == client for older in left)
        if own >= self._client_limit:
            raise EngineBusyError(f"{own} tasks of this client wait already; wait for one, or cancel one")
        if len(left) >= self._limit:
            raise EngineBusyError(f"the engine's queue is full with {len(left)} tasks; try again in a moment")
        self._jobs = [*left, job]
        return replaced

    def put_back(self, job: Job) -> None:
        """Let a job wait in front, which was taken and could not be finished."""
        self._jobs.insert(0, job)

    def remove(self, job: Job) -> None:
        """Forget a job, if it waits."""
        if job in self._jobs:
            self._jobs.remove(job)

    def take(self) -> Job | None:
        """Return the next job, None if there is none, and count it as a turn of its client."""
        if not self._jobs:
            return None
        wanted = [job for job in self._jobs if not job.is_automatic] or self._jobs
        order = {client: turn for turn, client in enumerate(self._turns)}
        # Of equals min takes the first, which came first.
        chosen = min(wanted, key=lambda job: order.get(job.request.client_id, -1))
        self._jobs.remove(chosen)
        self._turns.pop(chosen.request.client_id, None)
        self._turns[chosen.request.client_id] = None
        if len(self._turns) > _REMEMBERED_CLIENTS:
            del self._turns[next(iter(self._turns))]
        return chosen

    def clear(self) -> tuple[Job, ...]:
        """Forget all jobs and return them."""
        jobs, self._jobs = tuple(self._jobs), []
        return jobs
