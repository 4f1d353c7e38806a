"""What every filler holds to, whoever denoises: a script, a model in this process, or a server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from diffgemma_lsp.fill import Draft, Fill, Filler, FillTask, Hole, Progress
from diffgemma_lsp.fill.fake import FakeFiller
from diffgemma_lsp.fill.wire import event_from_plain, event_to_plain
from diffgemma_lsp.infilling.filler import DiffusionFiller
from diffgemma_lsp.models.backend import TransformersBackend
from tests.prompts.profiles import chat_profile, raw_profile
from tests.remote.fillers import CHAT, RAW, asking
from tests.remote.vllm_server import VllmDouble
from tests.tiny import tiny_model
from tests.vocabularies import GEMMA_SPECIALS, STARTER_SPECIALS

FILE = "def add(first, second):\n    return first + second\n\n\nprint(add(1, 2))\n"
ONE = FillTask((FILE[:28], Hole(), FILE[49:]), language="python", path="/src/a.py", seed=1)
THREE = FillTask(("a = ", Hole(), "\nb = ", Hole("old"), "\n" + FILE * 4, Hole(), "\n"), path="/src/a.py", seed=1)
TEXTS = ("first", "first + second", "return first + second\n    ", "self.items", "")


def answers() -> Iterator[str]:
    while True:
        yield from TEXTS


@pytest.fixture(params=["fake", "local raw", "local chat", "server raw", "server chat", "older server"])
def filler(request: pytest.FixtureRequest) -> Iterator[Filler]:
    who, _, kind = request.param.partition(" ")
    tokenizer = RAW if kind == "raw" else CHAT
    if who == "fake":
        yield FakeFiller()
    elif who == "local":
        profile = raw_profile() if tokenizer is RAW else chat_profile()
        backend = TransformersBackend(tiny_model(vocab_size=tokenizer.size, sliding_window=16))
        yield DiffusionFiller(backend, tokenizer, profile, "tiny")
    else:
        written = answers()
        double = VllmDouble(tokenizer, lambda _: next(written), takes_canvases=who != "older")
        with asking(double) as remote:
            yield remote


def fill_of(filler: Filler, task: FillTask) -> Fill:
    *others, last = filler.fill(task)
    assert all(isinstance(event, Progress | Draft) for event in others)
    assert isinstance(last, Fill)
    return last


@pytest.mark.parametrize("task", [ONE, THREE], ids=["one hole", "three holes"])
def test_a_task_ends_with_one_fill_that_has_a_text_for_each_hole(filler: Filler, task: FillTask) -> None:
    fill = fill_of(filler, task)
    assert (fill.model, fill.follows_instructions) == (filler.name, filler.follows_instructions)
    assert fill.candidates
    for candidate in fill.candidates:
        assert len(candidate.texts) == len(task.holes)
        assert all(0 <= token.confidence <= 1 for hole in candidate.holes for token in hole)
        assert 0 <= candidate.confidence <= 1
        assert candidate.steps >= 1


def test_every_event_travels_as_it_is(filler: Filler) -> None:
    for event in filler.fill(replace(ONE, candidates=2)):
        assert event_from_plain(event_to_plain(event)) == event


def test_candidates_come_best_first_and_not_more_than_asked_for(filler: Filler) -> None:
    for wanted in (1, 3):
        candidates = fill_of(filler, replace(ONE, candidates=wanted)).candidates
        assert 1 <= len(candidates) <= wanted
        scores = [candidate.score for candidate in candidates]
        assert scores == sorted(scores, reverse=True)


def test_a_hole_has_no_more_tokens_than_its_task_allows(filler: Filler) -> None:
    for candidate in fill_of(filler, replace(THREE, max_tokens=2, candidates=2)).candidates:
        assert all(len(hole) <= 2 for hole in candidate.holes)


def test_no_special_token_comes_out(filler: Filler) -> None:
    for candidate in fill_of(filler, replace(THREE, candidates=2)).candidates:
        for text in candidate.texts:
            assert not any(name in text for name in (*STARTER_SPECIALS, *GEMMA_SPECIALS))


def test_a_budget_that_is_over_at_once_still_ends_with_a_fill(filler: Filler) -> None:
    (candidate,) = fill_of(filler, replace(ONE, budget_seconds=1e-9)).candidates
    assert candidate.stopped == "budget"


def test_a_fill_that_is_closed_leaves_the_filler_usable(filler: Filler) -> None:
    for consumed in range(3):
        events = filler.fill(ONE)
        for _ in range(consumed):
            next(events)
        events.close()
    assert fill_of(filler, ONE).candidates


def test_timings_add_up(filler: Filler) -> None:
    timings = fill_of(filler, ONE).timings
    assert 0 <= timings.first_draft_seconds <= timings.total_seconds
    assert timings.prefill_seconds + timings.denoising_seconds <= timings.total_seconds + 1e-6
    assert 0 <= timings.cached_tokens <= timings.prompt_tokens
