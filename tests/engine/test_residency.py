"""Whether the model is in memory."""

from __future__ import annotations

import weakref

import pytest

from diffgemma_lsp.engine.client.facts import ModelFacts
from diffgemma_lsp.engine.client.status import EngineState
from diffgemma_lsp.engine.residency import Report, Residency, Resident
from diffgemma_lsp.errors import EngineError, ModelError
from diffgemma_lsp.fill import Progress
from tests.engine.jobs import Gated


def ignore(_: Progress) -> None:
    pass


def test_a_model_is_loaded_once() -> None:
    opened: list[int] = []

    def open_resident(report: Report) -> Resident:
        opened.append(1)
        report(Progress("loading", 1, 4))
        assert residency.state == EngineState("loading", 1, 4)
        return Resident(Gated(), "cuda:0", "int4, which fits", lambda: 99)

    residency = Residency(open_resident)
    assert residency.state == EngineState("loading")
    assert (residency.device, residency.weights, residency.device_bytes) == ("", "", 0)
    heard: list[Progress] = []
    assert residency.filler(heard.append, retries=True) is residency.filler(ignore, retries=False)
    assert (opened, heard) == ([1], [Progress("loading", 1, 4)])
    assert residency.state == EngineState("ready")
    assert (residency.device, residency.weights, residency.device_bytes) == ("cuda:0", "int4, which fits", 99)


def test_an_unloaded_model_is_gone_and_what_it_held_is_given_back() -> None:
    released: list[int] = []
    residency = Residency(lambda _: Resident(Gated(), release=lambda: released.append(1)))
    filler = weakref.ref(residency.filler(ignore, retries=True))
    residency.unload()
    residency.unload()
    assert filler() is None
    assert (residency.state, released) == (EngineState("unloaded"), [1])


def test_what_a_filler_holds_besides_memory_is_closed_before_it_goes_and_not_earlier() -> None:
    closed: list[int] = []
    residency = Residency(lambda _: Resident(Gated(), note=lambda: "mind this", close=lambda: closed.append(1)))
    assert residency.note == ""
    residency.filler(ignore, retries=True)
    residency.trim()
    assert (residency.note, closed) == ("mind this", [])
    residency.unload()
    assert (residency.note, closed) == ("", [1])


def test_memory_can_be_given_back_while_the_model_stays() -> None:
    released: list[int] = []
    residency = Residency(lambda _: Resident(Gated(), release=lambda: released.append(1)))
    residency.trim()
    residency.filler(ignore, retries=True)
    residency.trim()
    assert (residency.state, released) == (EngineState("ready"), [1])


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (ModelError("it is broken; get another"), ModelError, "it is broken; get another"),
        (
            ImportError("no torch"),
            EngineError,
            "the engine failed, which is a bug: ImportError: no torch; report the traceback in its log",
        ),
    ],
)
def test_a_load_that_fails_is_a_state_with_its_reason(error: Exception, kind: type[Exception], reason: str) -> None:
    def fail(_: Report) -> Resident:
        raise error

    residency = Residency(fail)
    for retries in (True, False):
        with pytest.raises(kind) as raised:
            residency.filler(ignore, retries=retries)
        assert str(raised.value) == reason
    assert residency.state == EngineState("failed", reason=reason)


def test_what_is_known_of_a_model_is_said_while_it_loads_and_after_it_is_gone() -> None:
    facts = ModelFacts("actor", follows_instructions=True)
    seen: list[ModelFacts | None] = []

    def open_resident(_: Report) -> Resident:
        seen.append(residency.facts)
        return Resident(Gated())

    residency = Residency(open_resident, lambda: facts)
    residency.filler(ignore, retries=True)
    residency.unload()
    assert (seen, residency.facts) == ([facts], facts)


def test_a_model_that_is_known_only_once_it_is_here_is_described_then() -> None:
    facts = ModelFacts("actor", follows_instructions=True)
    answers = [None, facts]
    residency = Residency(lambda _: Resident(Gated()), lambda: answers.pop(0))
    residency.filler(ignore, retries=True)
    assert residency.facts == facts


def test_a_model_that_nobody_can_describe_speaks_for_itself() -> None:
    residency = Residency(lambda _: Resident(Gated()))
    assert residency.facts is None
    residency.filler(ignore, retries=True)
    assert residency.facts == ModelFacts("gated", follows_instructions=False)
