"""The thread that fills, with a filler whose steps the test lets happen."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Generator, Iterator

import pytest

from diffgemma_lsp.engine.metrics import Metrics
from diffgemma_lsp.engine.queue import JobQueue
from diffgemma_lsp.engine.residency import Report, Residency, Resident
from diffgemma_lsp.engine.worker import Worker
from diffgemma_lsp.errors import (
    EngineBugError,
    EngineUnavailableError,
    ModelNotFoundError,
    OutOfMemoryError,
    SupersededError,
)
from diffgemma_lsp.fill import Draft, Event, Filler, FillTask, Progress
from diffgemma_lsp.fill.fake import FakeFiller
from tests.engine.jobs import FILL, TIMEOUT_SECONDS, Gated, Listener, job

Hire = Callable[[Filler], Worker]


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def hire(metrics: Metrics) -> Iterator[Hire]:
    workers: list[Worker] = []

    def start(filler: Filler) -> Worker:
        worker = Worker(Residency(lambda _: Resident(filler)), metrics, JobQueue())
        worker.start()
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        worker.stop()


def ends(metrics: Metrics) -> dict[str, int]:
    text = metrics.render({})
    return {end: int(count) for end, count in re.findall(r'tasks_total\{end="(\w+)"\} ([1-9]\d*)', text)}


def test_a_job_hears_every_event(hire: Hire) -> None:
    gated, listener = Gated(2), Listener()
    worker = hire(gated)
    worker.submit(job(listener=listener))
    gated.step()
    assert listener.next() == Draft(0, 2, ((),))
    gated.step()
    assert listener.next() == Draft(1, 2, ((),))
    assert listener.next() == FILL


def test_a_cancelled_job_stops_before_its_next_step(hire: Hire, metrics: Metrics) -> None:
    gated, first, second = Gated(), Listener(), Listener()
    worker = hire(gated)
    gone = job(listener=first, text="gone")
    worker.submit(gone)
    gated.wait_for_step()
    worker.cancel(gone)
    worker.submit(job(listener=second, text="next"))
    gated.step()
    first.next()
    gated.wait_for_step()
    assert (gated.begun, gated.taken, gated.closed) == (["gone", "next"], 1, 1)
    assert first.is_silent()
    assert ends(metrics) == {"cancelled": 1}


def test_a_job_that_waits_and_is_cancelled_never_begins(hire: Hire) -> None:
    gated, last = Gated(1), Listener()
    worker = hire(gated)
    gone = job(text="gone")
    worker.submit(job(text="first"))
    gated.wait_for_step()
    worker.submit(gone)
    worker.submit(job(listener=last, text="last"))
    worker.cancel(gone)
    assert worker.waiting == 1
    gated.step()
    gated.step()
    last.next()
    assert gated.begun == ["first", "last"]


def test_an_explicit_job_overtakes_an_automatic_one_at_the_next_step(hire: Hire, metrics: Metrics) -> None:
    gated, guess, wish = Gated(2), Listener(), Listener()
    worker = hire(gated)
    worker.submit(job("a", "a.py", "automatic", guess, text="guess"))
    gated.wait_for_step()
    worker.submit(job("b", "b.py", listener=wish, text="wish"))
    gated.step()
    assert guess.next() == Draft(0, 2, ((),))
    gated.step()
    assert wish.next() == Draft(0, 2, ((),))
    gated.step()
    wish.next()
    assert wish.next() == FILL
    gated.step()
    assert guess.next() == Draft(0, 2, ((),)), "its drafts begin again"
    gated.step()
    guess.next()
    assert guess.next() == FILL
    assert gated.begun == ["guess", "wish", "guess"]
    assert ends(metrics)["overtaken"] == 1


class Watched(Gated):
    """Its steps look around when they are let go on."""

    def watch(self, within_steps: Callable[[], None]) -> None:
        self._within_steps = within_steps

    def fill(self, task: FillTask) -> Generator[Event, None, None]:
        for event in super().fill(task):
            self._within_steps()
            yield event


@pytest.fixture
def watched(metrics: Metrics) -> Iterator[tuple[Watched, Worker]]:
    filler = Watched(1)
    worker = Worker(Residency(lambda _: Resident(filler, watch=filler.watch)), metrics, JobQueue())
    worker.start()
    yield filler, worker
    worker.stop()


def test_a_step_that_is_watched_is_not_finished_once_another_job_overtakes(
    watched: tuple[Watched, Worker], metrics: Metrics
) -> None:
    filler, worker = watched
    guess, wish = Listener(), Listener()
    worker.submit(job("a", "a.py", "automatic", guess, text="guess"))
    filler.wait_for_step()
    worker.submit(job("b", "b.py", listener=wish, text="wish"))
    filler.step()
    filler.step()
    assert [wish.next(), wish.next()] == [Draft(0, 1, ((),)), FILL]
    assert guess.is_silent(), "its step was left"
    filler.step()
    assert [guess.next(), guess.next()] == [Draft(0, 1, ((),)), FILL]
    assert filler.begun == ["guess", "wish", "guess"]
    assert ends(metrics) == {"overtaken": 1, "filled": 2}


def test_a_step_that_is_watched_is_not_finished_once_its_job_is_cancelled(
    watched: tuple[Watched, Worker], metrics: Metrics
) -> None:
    filler, worker = watched
    first, second = Listener(), Listener()
    gone = job(listener=first)
    worker.submit(gone)
    filler.wait_for_step()
    worker.cancel(gone)
    filler.step()
    worker.submit(job(listener=second))
    filler.step()
    assert [second.next(), second.next()] == [Draft(0, 1, ((),)), FILL]
    assert first.is_silent()
    assert ends(metrics) == {"cancelled": 1, "filled": 1}


def test_an_explicit_job_does_not_overtake_another(hire: Hire) -> None:
    gated, second = Gated(2), Listener()
    worker = hire(gated)
    worker.submit(job(text="first"))
    gated.wait_for_step()
    worker.submit(job(listener=second, text="second"))
    gated.step()
    gated.step()
    gated.step()
    second.next()
    assert gated.begun == ["first", "second"]


def test_the_newest_job_of_a_document_supersedes_the_one_that_runs(hire: Hire) -> None:
    gated, older, newer = Gated(), Listener(), Listener()
    worker = hire(gated)
    worker.submit(job("a", "a.py", "automatic", older, text="older"))
    gated.wait_for_step()
    worker.submit(job("a", "a.py", "automatic", newer, text="newer"))
    error = older.next()
    assert isinstance(error, SupersededError)
    assert str(error) == "a newer request for the same document came; wait for that one"
    gated.step()
    gated.step()
    assert newer.next() == Draft(0, 3, ((),))
    assert (gated.begun, gated.closed) == (["older", "newer"], 1)


def test_of_many_jobs_for_a_document_only_the_newest_is_filled(hire: Hire, metrics: Metrics) -> None:
    gated = Gated(1)
    worker = hire(gated)
    worker.submit(job("b", text="first"))
    gated.wait_for_step()
    listeners = [Listener() for _ in range(20)]
    for number, listener in enumerate(listeners):
        worker.submit(job("a", "a.py", "automatic", listener, text=str(number)))
    assert all(isinstance(listener.next(), SupersededError) for listener in listeners[:-1])
    gated.step()
    gated.step()
    listeners[-1].next()
    assert gated.begun == ["first", "19"]
    assert ends(metrics)["superseded"] == 19


def test_what_is_ahead_makes_way_for_whatever_comes(hire: Hire) -> None:
    gated, ahead, wish = Gated(), Listener(), Listener()
    worker = hire(gated)
    worker.submit(job("a", "a.py", "ahead", ahead, text="ahead"))
    gated.wait_for_step()
    worker.submit(job("b", "b.py", "automatic", wish, text="wish"))
    assert isinstance(ahead.next(), SupersededError)
    gated.step()
    gated.step()
    assert wish.next() == Draft(0, 3, ((),))
    assert (gated.begun, gated.closed) == (["ahead", "wish"], 1)


def test_what_is_ahead_waits_for_nothing(hire: Hire, metrics: Metrics) -> None:
    gated, ahead, wish = Gated(1), Listener(), Listener()
    worker = hire(gated)
    worker.submit(job("a", "a.py", "automatic", wish, text="wish"))
    gated.wait_for_step()
    worker.submit(job("a", "a.py", "ahead", ahead, text="ahead"))
    assert isinstance(ahead.next(), SupersededError)
    gated.step()
    wish.next()
    assert wish.next() == FILL
    assert worker.waiting == 0
    assert gated.begun == ["wish"]
    assert ends(metrics)["superseded"] == 1


class Failing:
    """A filler that raises `error` at its first step, and works after that."""

    name = "failing"
    follows_instructions = False

    def __init__(self, error: Exception) -> None:
        self._errors = [error]

    def fill(self, task: FillTask) -> Generator[Event, None, None]:
        yield Progress("prefill", 1, 1)
        if self._errors:
            raise self._errors.pop()
        yield FILL


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (OutOfMemoryError("cuda:0 is full; ask for less"), OutOfMemoryError, "cuda:0 is full; ask for less"),
        (
            MemoryError(),
            OutOfMemoryError,
            "the engine ran out of memory; free some, or ask for fewer candidates, and try again",
        ),
        (
            ZeroDivisionError("by 0"),
            EngineBugError,
            "the engine failed, which is a bug: ZeroDivisionError: by 0; report the traceback in its log",
        ),
    ],
)
def test_an_error_fails_its_job_and_the_next_one_is_filled(
    hire: Hire, error: Exception, kind: type[Exception], message: str
) -> None:
    first, second = Listener(), Listener()
    worker = hire(Failing(error))
    worker.submit(job(listener=first))
    worker.submit(job(listener=second))
    first.next()
    shown = first.next()
    assert (type(shown), str(shown)) == (kind, message)
    second.next()
    assert second.next() == FILL


def test_memory_that_ran_out_is_given_back() -> None:
    released = threading.Event()
    resident = Resident(Failing(OutOfMemoryError("full")), release=released.set)
    worker = Worker(Residency(lambda _: resident), Metrics(), JobQueue())
    worker.start()
    worker.submit(job())
    assert released.wait(TIMEOUT_SECONDS)
    worker.stop()


def test_an_idle_model_is_unloaded_and_comes_back_with_the_next_job() -> None:
    unloaded = threading.Event()
    opened: list[int] = []

    def open_resident(_: Report) -> Resident:
        opened.append(1)
        return Resident(FakeFiller(), release=unloaded.set)

    residency = Residency(open_resident)
    worker = Worker(residency, Metrics(), JobQueue(), idle_seconds=0.01)
    worker.start()
    assert unloaded.wait(TIMEOUT_SECONDS)
    assert residency.state.name == "unloaded"
    listener = Listener()
    worker.submit(job(listener=listener))
    assert listener.next() == Progress("prefill", 0, 0)
    assert len(opened) == 2
    worker.stop()


def test_a_model_stays_for_good_where_no_idle_time_is_set() -> None:
    loaded, unloaded = threading.Event(), threading.Event()

    def open_resident(_: Report) -> Resident:
        loaded.set()
        return Resident(FakeFiller(), release=unloaded.set)

    residency = Residency(open_resident)
    worker = Worker(residency, Metrics(), JobQueue(), idle_seconds=0.0)
    worker.start()
    assert loaded.wait(TIMEOUT_SECONDS)
    assert not unloaded.wait(0.3)
    assert residency.state.name == "ready"
    worker.stop()


def test_who_waits_for_the_model_hears_how_its_loading_goes() -> None:
    submitted = threading.Event()

    def open_slowly(report: Report) -> Resident:
        assert submitted.wait(TIMEOUT_SECONDS)
        report(Progress("loading", 1, 2))
        return Resident(FakeFiller(steps=1))

    worker = Worker(Residency(open_slowly), Metrics(), JobQueue())
    worker.start()
    listeners = Listener(), Listener()
    for listener in listeners:
        worker.submit(job(listener=listener))
    submitted.set()
    assert [listener.next() for listener in listeners] == [Progress("loading", 1, 2)] * 2
    worker.stop()


def test_a_load_that_failed_is_tried_again_for_an_explicit_job_only() -> None:
    tries: list[int] = []

    def open_late(_: Report) -> Resident:
        tries.append(1)
        if len(tries) < 3:
            raise ModelNotFoundError(f"there is no model, try {len(tries)}; name another")
        return Resident(FakeFiller(steps=1))

    worker = Worker(Residency(open_late), Metrics(), JobQueue())
    worker.start()

    def answer(kind: str) -> str:
        listener = Listener()
        worker.submit(job(kind="automatic" if kind == "automatic" else "explicit", listener=listener))
        return str(listener.next())

    assert answer("automatic") == "there is no model, try 1; name another"
    assert answer("explicit") == "there is no model, try 2; name another"
    assert answer("automatic") == "there is no model, try 2; name another"
    assert "prefill" in answer("explicit")
    worker.stop()


def test_a_stopped_worker_tells_everyone_at_once_and_ends_after_its_step(hire: Hire) -> None:
    gated, listeners = Gated(), [Listener(), Listener()]
    worker = hire(gated)
    for listener in listeners:
        worker.submit(job(listener=listener))
    gated.wait_for_step()
    worker.stop()
    for listener in listeners:
        assert str(listener.next()) == "the engine was stopped; ask again, and it is started again"
    gated.step()
    assert worker.join(TIMEOUT_SECONDS)
    assert gated.closed == 1
    with pytest.raises(EngineUnavailableError, match=r"^the engine is stopping; ask again, and it is started again$"):
        worker.submit(job())


def test_a_load_ends_when_the_worker_is_stopped() -> None:
    stopped = threading.Event()
    loading = threading.Event()

    def open_for_long(report: Report) -> Resident:
        loading.set()
        assert stopped.wait(TIMEOUT_SECONDS)
        report(Progress("loading", 1, 1000))
        raise AssertionError("the load went on")

    residency = Residency(open_for_long)
    worker = Worker(residency, Metrics(), JobQueue())
    worker.start()
    assert loading.wait(TIMEOUT_SECONDS)
    worker.stop()
    stopped.set()
    assert worker.join(TIMEOUT_SECONDS)
    assert residency.state.reason == "the engine was stopped while it loaded the model"


def test_a_worker_that_never_started_has_ended() -> None:
    assert Worker(Residency(lambda _: Resident(FakeFiller())), Metrics(), JobQueue()).join(0)
