"""Streams of events, read."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from diffgemma_lsp.engine.client.answer import read_events
from diffgemma_lsp.engine.client.facts import ModelFacts
from diffgemma_lsp.engine.client.failure import error_from_plain, error_to_plain
from diffgemma_lsp.engine.client.request import FillRequest, request_from_plain, request_to_plain
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.engine.client.status import EngineState, EngineStatus, status_from_plain, status_to_plain
from diffgemma_lsp.engine.client.version import VERSION, require_same_version
from diffgemma_lsp.errors import (
    DiffgemmaError,
    EngineBusyError,
    EngineError,
    EngineUnavailableError,
    EngineVersionError,
    InputError,
    OutOfMemoryError,
)
from diffgemma_lsp.fill import Event, FillTask, Hole, Progress
from diffgemma_lsp.fill.wire import PROTOCOL, event_to_plain
from tests.engine.jobs import FILL

PROGRESS = Progress("prefill", 1, 2)
FACTS = ModelFacts("actor", follows_instructions=True, steps=4)
STATUS = EngineStatus(EngineState("ready"), "0.1.0", 7, "fake", "", FACTS, "", "cpu", "", 1, 0, 0.5, 2, True, "a.log")


def read(*lines: str) -> list[Event]:
    async def stream() -> AsyncIterator[bytes]:
        for line in lines:
            yield line.encode() + b"\n"

    async def collect() -> list[Event]:
        return [event async for event in read_events(stream())]

    return asyncio.run(collect())


def data(plain: object) -> str:
    return f"data: {json.dumps(plain)}"


def test_events_are_read_up_to_the_fill() -> None:
    lines = ["event: progress", data(event_to_plain(PROGRESS)), "", data(event_to_plain(FILL)), "data: more"]
    assert read(*lines) == [PROGRESS, FILL]


def test_an_error_that_ends_a_stream_is_raised() -> None:
    with pytest.raises(OutOfMemoryError, match=r"^full; free some$"):
        read(data(error_to_plain(OutOfMemoryError("full; free some"))))


def test_a_stream_that_just_ends_is_an_engine_that_is_gone() -> None:
    with pytest.raises(EngineUnavailableError, match=r"^the engine ended in the middle of a fill; ask again, and it "):
        read(data(event_to_plain(PROGRESS)))


def test_what_is_no_json_is_named() -> None:
    with pytest.raises(EngineError, match=r"^the engine sent no JSON: '\{'; restart it$"):
        read("data: {")


@pytest.mark.parametrize("error", [EngineBusyError("full"), InputError("a.b is missing; give it")])
def test_an_error_comes_back_as_it_was(error: DiffgemmaError) -> None:
    back = error_from_plain(json.loads(json.dumps(error_to_plain(error))))
    assert (type(back), str(back)) == (type(error), str(error))


@pytest.mark.parametrize("name", ["UnknownError", "__name__", "KeyError"])
def test_an_error_of_a_class_that_is_not_known_keeps_its_message(name: str) -> None:
    back = error_from_plain({"type": "error", "error": name, "message": "what to do"})
    assert (type(back), str(back)) == (EngineError, "what to do")


def test_a_request_comes_back_as_it_was() -> None:
    request = FillRequest(FillTask(("a", Hole()), path="a.py"), "automatic", "window 1")
    assert request_from_plain(json.loads(json.dumps(request_to_plain(request)))) == request


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "request must be an object, not []"),
        ({"kind": "explicit", "client_id": "a"}, "request.task is missing; give it"),
        (
            {"kind": "x", "client_id": "a", "task": {}},
            "request.kind must be one of explicit, automatic, ahead, not 'x'",
        ),
        ({"kind": "explicit", "client_id": "a", "task": {"protocol": PROTOCOL}}, "task.pieces is missing; give it"),
    ],
)
def test_a_wrong_request_is_an_error_that_names_the_key(value: object, message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        request_from_plain(value)


def test_a_status_comes_back_as_it_was() -> None:
    for status in (STATUS, replace(STATUS, facts=None)):
        assert status_from_plain(json.loads(json.dumps(status_to_plain(status)))) == status


def test_a_status_with_an_unknown_state_is_an_error() -> None:
    plain = status_to_plain(STATUS) | {"state": {"name": "x", "done": 0, "total": 0, "reason": ""}}
    with pytest.raises(
        InputError, match=r"^status.state.name must be one of loading, ready, failed, unloaded, not 'x'$"
    ):
        status_from_plain(plain)


def test_our_version_is_let_through() -> None:
    require_same_version(VERSION, EngineSpec())


def test_an_engine_that_does_not_say_its_version_is_of_another() -> None:
    message = (
        f"the engine that runs is of version unknown, and this is {VERSION}: restart it with `diffgemma engine restart`"
    )
    with pytest.raises(EngineVersionError, match=f"^{re.escape(message)}$"):
        require_same_version(None, EngineSpec())
