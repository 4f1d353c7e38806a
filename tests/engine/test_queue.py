"""Which job is next."""

from __future__ import annotations

import re

import pytest

from diffgemma_lsp.engine.job import Job
from diffgemma_lsp.engine.queue import JobQueue
from diffgemma_lsp.errors import EngineBusyError
from tests.engine.jobs import job


def fill(queue: JobQueue, *jobs: Job) -> None:
    for each in jobs:
        assert queue.add(each) == ()


def drain(queue: JobQueue) -> list[Job]:
    taken = []
    while (each := queue.take()) is not None:
        taken.append(each)
    return taken


def test_jobs_of_one_client_come_in_their_order() -> None:
    queue, jobs = JobQueue(), [job() for _ in range(3)]
    fill(queue, *jobs)
    assert drain(queue) == jobs


def test_an_explicit_job_comes_first() -> None:
    queue, guess, wish = JobQueue(), job(kind="automatic"), job()
    fill(queue, guess, wish)
    assert drain(queue) == [wish, guess]


def test_clients_take_turns() -> None:
    queue = JobQueue()
    busy, other = [job("a") for _ in range(3)], [job("b") for _ in range(2)]
    fill(queue, *busy, *other)
    assert [each.request.client_id for each in drain(queue)] == ["a", "b", "a", "b", "a"]


def test_a_client_that_always_comes_back_does_not_keep_others_from_their_turn() -> None:
    queue, patient = JobQueue(), [job("patient") for _ in range(3)]
    fill(queue, *patient)
    served = []
    for _ in range(6):
        fill(queue, job("hasty"))
        taken = queue.take()
        assert taken is not None
        served.append(taken.request.client_id)
    assert served.count("patient") == 3


def test_turns_of_very_many_clients_are_not_all_remembered() -> None:
    queue = JobQueue()
    for number in range(1000):
        fill(queue, job(str(number)))
        queue.take()
    assert len(queue._turns) == 256


def test_a_newer_job_for_a_document_replaces_the_automatic_one_that_waits() -> None:
    queue, older, newer = JobQueue(), job(path="a.py", kind="automatic"), job(path="a.py", kind="automatic")
    fill(queue, older)
    assert queue.add(newer) == (older,)
    assert drain(queue) == [newer]


def test_any_job_replaces_one_that_is_ahead() -> None:
    queue, ahead, newer = JobQueue(), job("a", "a.py", "ahead"), job("b", "b.py", "automatic")
    fill(queue, ahead)
    assert queue.add(newer) == (ahead,)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (job(path="a.py"), job(path="a.py")),
        (job(path="a.py"), job(path="a.py", kind="automatic")),
        (job(path="a.py", kind="automatic"), job(path="b.py", kind="automatic")),
        (job("a", "a.py", "automatic"), job("b", "a.py", "automatic")),
        (job(kind="automatic"), job(kind="automatic")),
    ],
    ids=["explicit", "explicit, then automatic", "another document", "another window", "no document"],
)
def test_other_jobs_stay(older: Job, newer: Job) -> None:
    queue = JobQueue()
    fill(queue, older, newer)
    assert len(queue) == 2


def test_a_full_queue_says_so() -> None:
    queue = JobQueue(limit=3)
    fill(queue, job("a"), job("b"), job("c"))
    with pytest.raises(EngineBusyError, match=r"^the engine's queue is full with 3 tasks; try again in a moment$"):
        queue.add(job("d"))
    assert len(queue) == 3


def test_one_client_cannot_fill_the_queue() -> None:
    queue = JobQueue(limit=9, client_limit=2)
    fill(queue, job("a"), job("a"))
    message = "2 tasks of this client wait already; wait for one, or cancel one"
    with pytest.raises(EngineBusyError, match=f"^{re.escape(message)}$"):
        queue.add(job("a"))
    fill(queue, job("b"))


def test_a_full_queue_has_room_for_a_job_in_the_place_of_one_that_it_replaces() -> None:
    queue, older = JobQueue(limit=1), job(path="a.py", kind="automatic")
    fill(queue, older)
    assert queue.add(job(path="a.py", kind="automatic")) == (older,)


def test_a_job_that_was_put_back_is_the_first_of_its_kind() -> None:
    queue, first, second = JobQueue(), job(kind="automatic"), job(kind="automatic")
    fill(queue, first, second)
    assert queue.take() is first
    queue.put_back(first)
    assert drain(queue) == [first, second]


def test_a_removed_job_has_no_turn() -> None:
    queue, gone, here = JobQueue(), job(), job()
    fill(queue, gone, here)
    queue.remove(gone)
    queue.remove(gone)
    assert drain(queue) == [here]


def test_a_cleared_queue_returns_its_jobs() -> None:
    queue, jobs = JobQueue(), (job(), job())
    fill(queue, *jobs)
    assert (queue.clear(), len(queue), queue.take()) == (jobs, 0, None)
