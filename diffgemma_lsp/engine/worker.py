"""The one thread that owns the filler. It fills one job at a time and looks around before each step.

A filler that can be watched lets it look around within a step, too.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing

from diffgemma_lsp.engine.failure import as_error
from diffgemma_lsp.engine.job import Job
from diffgemma_lsp.engine.metrics import Metrics
from diffgemma_lsp.engine.queue import JobQueue
from diffgemma_lsp.engine.residency import Residency
from diffgemma_lsp.errors import DiffgemmaError, EngineUnavailableError, OutOfMemoryError
from diffgemma_lsp.fill import Fill, Filler, Progress

_log = logging.getLogger(__name__)


class _Abandoned(Exception):  # noqa: N818 - no error
    """A step is not worth finishing; the argument says how the job ends."""


class Worker:
    """Fills jobs with what `residency` holds; it loads at once, and lets go after `idle_seconds` without a job.

    0 seconds is never. All methods may be called from any thread.
    """

    def __init__(
        self,
        residency: Residency,
        metrics: Metrics,
        queue: JobQueue,
        idle_seconds: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._residency = residency
        residency.within_steps = self._look_around
        self._metrics = metrics
        self._queue = queue
        self._idle_seconds = idle_seconds
        self._clock = clock
        self._changed = threading.Condition()  # guards everything below, and the queue
        self._running: Job | None = None
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Fail all jobs, and end the thread after the step that it is in."""
        error = EngineUnavailableError("the engine was stopped; ask again, and it is started again")
        with self._changed:
            self._is_stopping = True
            jobs = self._queue.clear() if self._running is None else (self._running, *self._queue.clear())
            self._changed.notify()
        for job in jobs:
            job.emit(error)

    def join(self, seconds: float) -> bool:
        """Wait for the end of the thread and say whether it came."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def submit(self, job: Job) -> None:
        """Let a job wait for its turn, and supersede those that it replaces.

        A job that is ahead, and finds another that runs or waits, is superseded itself.
        Raises EngineBusyError when the queue is full, EngineUnavailableError when the engine is stopping.
        """
        with self._changed:
            if self._is_stopping:
                raise EngineUnavailableError("the engine is stopping; ask again, and it is started again")
            running = self._running if self._running and self._running.abandoned is None else None
            is_idle = running is None and not self._queue
            replaced = self._queue.add(job) if is_idle or not job.is_ahead else (job,)
            if running is not None and job not in replaced and job.replaces(running):
                running.supersede()
            self._changed.notify()
        for older in replaced:
            older.supersede()
            self._metrics.end("superseded")

    def cancel(self, job: Job) -> None:
        """Stop a job when its filler looks around next; a job that has ended stays as it is."""
        with self._changed:
            if job in self._queue:
                self._queue.remove(job)
                self._metrics.end("cancelled")
            job.abandoned = job.abandoned or "cancelled"

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        with self._changed:
            return len(self._queue)

    @property
    def is_filling(self) -> bool:
        """Whether a job has its turn."""
        with self._changed:
            return self._running is not None

    def _run(self) -> None:
        self._load()
        while (job := self._next()) is not None:
            how = self._serve(job)
            with self._changed:
                self._running = None
                if how == "overtaken":
                    self._queue.put_back(job)
            self._metrics.end(how)

    def _load(self) -> None:
        try:
            self._residency.filler(self._report, retries=True)
        except DiffgemmaError as error:
            _log.warning("the model cannot be loaded: %s", error)

    def _next(self) -> Job | None:
        """Wait for the next job and return it, None when the worker is to stop."""
        while True:
            with self._changed:
                if not self._queue and not self._is_stopping:
                    is_idle = not self._changed.wait(self._patience())
                else:
                    is_idle = False
                if self._is_stopping:
                    return None
                self._running = self._queue.take()
                if self._running is not None:
                    return self._running
            if is_idle:
                self._residency.unload()
                _log.info("the model was idle and is unloaded")

    def _patience(self) -> float | None:
        """Return how long to wait for a job before the model may go, None if it stays."""
        return self._idle_seconds if self._idle_seconds and self._residency.state.name == "ready" else None

    def _serve(self, job: Job) -> str:
        """Fill a job and return how it ended."""
        self._metrics.wait(self._clock() - job.arrived)
        try:
            filler = self._residency.filler(self._report, retries=not job.is_automatic)
            return self._fill(job, filler)
        except _Abandoned as abandoned:
            return str(abandoned)
        except Exception as error:
            shown = as_error(error)
            if isinstance(shown, OutOfMemoryError):
                self._residency.trim()
            job.emit(shown)
            return "failed"

    def _fill(self, job: Job, filler: Filler) -> str:
        with closing(filler.fill(job.request.task)) as events:
            while (reason := self._reason_to_stop(job)) is None:
                event = next(events)
                self._metrics.event(event)
                job.emit(event)
                if isinstance(event, Fill):
                    return "filled"
        return reason

    def _reason_to_stop(self, job: Job) -> str | None:
        with self._changed:
            if self._is_stopping:
                return "stopped"
            if job.abandoned is not None:
                return job.abandoned
            return "overtaken" if job.is_automatic and self._queue.has_explicit else None

    def _look_around(self) -> None:
        """Leave the step that the filler is in, if its job is not to be filled any more."""
        job = self._running
        if job is not None and (reason := self._reason_to_stop(job)) is not None:
            raise _Abandoned(reason)

    def _report(self, progress: Progress) -> None:
        """Tell everyone who waits for the model how far its loading is."""
        with self._changed:
            if self._is_stopping:
                raise EngineUnavailableError("the engine was stopped while it loaded the model")
            jobs = [*self._queue] if self._running is None else [self._running, *self._queue]
        for job in jobs:
            job.emit(progress)
