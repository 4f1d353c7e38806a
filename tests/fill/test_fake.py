"""The filler that needs no model."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest

from diffgemma_lsp.fill import Draft, Fill, Filler, FillTask, Hole, Progress
from diffgemma_lsp.fill.fake import FakeFiller
from diffgemma_lsp.text.precedents import Precedent

TASK = FillTask(("def f():\n    ", Hole(), "\n"))


@dataclass
class Clock:
    """Time that passes only when somebody sleeps."""

    now: float = 100.0
    naps: list[float] = field(default_factory=list)

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


def texts(filler: Filler, task: FillTask) -> list[tuple[str, ...]]:
    *_, fill = filler.fill(task)
    assert isinstance(fill, Fill)
    return [candidate.texts for candidate in fill.candidates]


def drafts(filler: Filler, task: FillTask) -> list[Draft]:
    return [event for event in filler.fill(task) if isinstance(event, Draft)]


def test_it_yields_progress_then_one_draft_a_step_then_one_fill() -> None:
    events = list(FakeFiller(steps=3).fill(TASK))
    assert [type(event) for event in events] == [Progress, Draft, Draft, Draft, Fill]
    assert [event.step for event in events if isinstance(event, Draft)] == [0, 1, 2]


def test_a_sequence_is_dealt_out_hole_by_hole_and_candidate_by_candidate() -> None:
    task = FillTask(("a", Hole(), "b", Hole()), candidates=2)
    assert texts(FakeFiller(["1", "2", "3"]), task) == [("1", "2"), ("3", "1")]


def test_a_mapping_answers_with_the_longest_text_before_the_hole() -> None:
    filler = FakeFiller({"(": "short", "f(": "long"})
    assert texts(filler, FillTask(("g(", Hole(), "f(", Hole()))) == [("short", "long")]


def test_a_mapping_sees_what_stands_in_the_holes_today() -> None:
    filler = FakeFiller({"old(": "new"})
    assert texts(filler, FillTask(("a ", Hole("old"), "(", Hole(), ")"))) == [("None", "new")]


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        (TASK, "pass"),
        (FillTask(("x = ", Hole())), "None"),
        (FillTask((Hole("    return 1"), "\n")), "    pass"),
        (FillTask(("x = ", Hole()), seed=2), "0"),
    ],
)
def test_without_a_script_the_place_decides(task: FillTask, answer: str) -> None:
    assert texts(FakeFiller(), task) == [(answer,)]


def test_candidates_differ_and_are_ranked() -> None:
    *_, fill = FakeFiller().fill(FillTask(TASK.pieces, candidates=3))
    assert isinstance(fill, Fill)
    assert len({candidate.texts for candidate in fill.candidates}) == 3
    assert all(one.score > other.score for one, other in pairwise(fill.candidates))
    assert all(one.confidence > other.confidence for one, other in pairwise(fill.candidates))


def test_the_same_seed_gives_the_same_events() -> None:
    def run(seed: int) -> list[object]:
        clock = Clock()
        filler = FakeFiller(["return a + b"], clock=clock.read, sleep=clock.sleep)
        return list(filler.fill(FillTask(TASK.pieces, seed=seed)))

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_drafts_settle_and_grow_surer() -> None:
    settled = []
    surest = []
    for draft in drafts(FakeFiller(["return a + b"]), TASK):
        (tokens,) = draft.holes
        settled.append(sum(token.is_settled for token in tokens))
        surest.append(max(token.confidence for token in tokens))
    assert settled == [1, 2, 3, 4]
    assert surest == sorted(set(surest))


def test_the_last_draft_is_the_fill() -> None:
    *_, last, fill = FakeFiller(["return a\n    # b"]).fill(TASK)
    assert isinstance(last, Draft)
    assert isinstance(fill, Fill)
    assert last.holes == fill.candidates[0].holes
    assert last.texts == ("return a\n    # b",)


def test_tokens_beyond_the_bound_are_cut() -> None:
    assert texts(FakeFiller(["return a + b"]), FillTask(TASK.pieces, max_tokens=2)) == [("return a",)]


def test_steps_beyond_the_bound_are_not_run() -> None:
    events = list(FakeFiller(["return a + b"], steps=4).fill(FillTask(TASK.pieces, max_steps=2)))
    fill = events[-1]
    assert isinstance(fill, Fill)
    assert [event.max_steps for event in events if isinstance(event, Draft)] == [2, 2]
    assert (fill.candidates[0].steps, fill.candidates[0].stopped) == (2, "steps")
    assert [token.is_settled for token in fill.candidates[0].holes[0]] == [True, True, False, False]


def test_a_budget_ends_the_steps() -> None:
    clock = Clock()
    filler = FakeFiller(steps=10, delay_seconds=0.5, clock=clock.read, sleep=clock.sleep)
    *_, fill = filler.fill(FillTask(TASK.pieces, budget_seconds=1.2))
    assert isinstance(fill, Fill)
    assert (fill.candidates[0].steps, fill.candidates[0].stopped) == (3, "budget")
    assert clock.naps == [0.5] * 3


def test_a_budget_that_is_spent_at_the_last_step_took_nothing_away() -> None:
    clock = Clock()
    filler = FakeFiller(steps=2, delay_seconds=0.5, clock=clock.read, sleep=clock.sleep)
    *_, fill = filler.fill(FillTask(TASK.pieces, budget_seconds=1.0))
    assert isinstance(fill, Fill)
    assert (fill.candidates[0].steps, fill.candidates[0].stopped) == (2, "stable")


def test_timings_are_the_clock_s() -> None:
    clock = Clock()
    *_, fill = FakeFiller(delay_seconds=0.25, clock=clock.read, sleep=clock.sleep).fill(TASK)
    assert isinstance(fill, Fill)
    assert fill.timings.first_draft_seconds == 0.25
    assert fill.timings.total_seconds == fill.timings.denoising_seconds == 1.0


def test_a_closed_fill_runs_no_further_step() -> None:
    clock = Clock()
    events = FakeFiller(delay_seconds=1.0, clock=clock.read, sleep=clock.sleep).fill(TASK)
    next(events), next(events)
    events.close()
    assert clock.naps == [1.0]


def test_an_empty_answer_is_an_empty_fill_without_confidence() -> None:
    *_, fill = FakeFiller([""]).fill(TASK)
    assert isinstance(fill, Fill)
    assert fill.candidates[0].texts == ("",)
    assert fill.candidates[0].confidence == 0.0


def test_it_says_who_it_is() -> None:
    *_, fill = FakeFiller(name="actor", follows_instructions=True).fill(TASK)
    assert isinstance(fill, Fill)
    assert (fill.model, fill.follows_instructions) == ("actor", True)


def test_precedents_come_before_the_answers_where_it_is_told_so() -> None:
    there = Precedent("return 2", 1.0, "a.py", 3)
    task = replace(TASK, precedents=(there,), candidates=2)
    *_, fill = FakeFiller(["return 1"], precedents=True).fill(task)
    assert isinstance(fill, Fill)
    assert [(found.texts, found.precedent) for found in fill.candidates] == [
        (("return 2",), there),
        (("return 1",), None),
    ]
    assert texts(FakeFiller(["return 1"]), task) == [("return 1",), ("return 1",)]
