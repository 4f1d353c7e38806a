"""JSON-RPC before any method: what is no message, and what comes at the wrong time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from diffgemma_lsp.lsp.envelope import misfit, not_json, request_id, why_malformed, why_untimely


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ([], "a message must be an object, not an array; send batches one by one"),
        (3, "a message must be an object, not 3; send batches one by one"),
        (None, "a message must be an object, not None; send batches one by one"),
        ({}, 'jsonrpc must be "2.0", not None'),
        ({"jsonrpc": "1.0", "id": 4, "method": "shutdown"}, "jsonrpc must be \"2.0\", not '1.0'"),
        ({"jsonrpc": "2.0"}, "a message needs a method, or the id of the request that it answers"),
        ({"jsonrpc": "2.0", "id": 1, "method": 5}, "method must be a string, not 5"),
        (
            {"jsonrpc": "2.0", "id": None, "method": "m"},
            "the id of a request must be a whole number or a string, not None",
        ),
        (
            {"jsonrpc": "2.0", "id": 1.5, "method": "m"},
            "the id of a request must be a whole number or a string, not 1.5",
        ),
        (
            {"jsonrpc": "2.0", "id": True, "method": "m"},
            "the id of a request must be a whole number or a string, not True",
        ),
    ],
)
def test_what_is_no_message_is_invalid(message: Any, sentence: str) -> None:
    error = why_malformed(message)
    assert error is not None
    assert (error.code, error.message) == (-32600, sentence)


@pytest.mark.parametrize(
    "message",
    [{"method": "m"}, {"method": "m", "id": "x"}, {"id": 3, "result": None}, {"id": None, "error": {}}],
)
def test_requests_notifications_and_responses_are_messages(message: dict[str, Any]) -> None:
    assert why_malformed({"jsonrpc": "2.0", **message}) is None


@pytest.mark.parametrize(("number", "expected"), [(0, 0), ("a", "a"), (True, None), (2.0, None), ([], None)])
def test_only_an_id_that_may_be_one_is_answered(number: Any, expected: Any) -> None:
    assert request_id({"id": number}) == expected


@pytest.mark.parametrize(
    ("method", "is_initialized", "is_shut_down", "code", "sentence"),
    [
        ("m", False, False, -32002, "m came before initialize; send that first"),
        (
            "initialize",
            True,
            False,
            -32600,
            "initialize came a second time; start another server for another session",
        ),
        ("m", True, True, -32600, "m came after shutdown; only exit may follow"),
    ],
)
def test_what_comes_at_the_wrong_time_is_said(
    method: str, is_initialized: bool, is_shut_down: bool, code: int, sentence: str
) -> None:
    error = why_untimely(method, is_initialized=is_initialized, is_shut_down=is_shut_down)
    assert error is not None
    assert (error.code, error.message) == (code, sentence)


def test_the_first_initialize_what_follows_it_and_any_exit_come_in_time() -> None:
    assert why_untimely("exit", is_initialized=False, is_shut_down=True) is None
    assert why_untimely("initialize", is_initialized=False, is_shut_down=False) is None
    assert why_untimely("m", is_initialized=True, is_shut_down=False) is None


def test_what_does_not_fit_is_named() -> None:
    assert misfit({"method": "m"}).message == "the params of m are not what the protocol says"
    assert misfit({"id": 3}).message == "the result is not what the protocol says"
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads("{")
    assert not_json(caught.value).message.startswith("the message is not JSON: Expecting property name")
