"""What no client should send, and some do: the answer is an error, and the server lives."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lsp.wire import Wire

pytestmark = pytest.mark.asyncio

CLOSED = {"uri": "file:///a", "version": 2}
PLACE = {"textDocument": {"uri": "file:///a.py"}, "position": {"line": 0, "character": 0}}


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("no/such/method", {}, -32601),
        ("textDocument/inlineCompletion", {"position": 3}, -32602),
        ("textDocument/inlineCompletion", None, -32602),
        ("textDocument/inlineCompletion", {**PLACE, "context": {"triggerKind": 17}}, -32602),
        ("textDocument/codeAction", [], -32602),
        ("workspace/executeCommand", {"command": "no.such.command"}, -32602),
        ("workspace/executeCommand", {"command": "diffgemma.fill", "arguments": ["x"]}, -32602),
    ],
)
async def test_a_wrong_request_is_answered_with_an_error(method: str, params: Any, code: int) -> None:
    wire = await Wire.start()
    await wire.initialize()
    wire.send(method, params, 7)
    assert (await wire.answer(7))["error"]["code"] == code
    assert await wire.end() == 0


async def test_bytes_that_are_no_json_are_answered_and_survived() -> None:
    wire = await Wire.start()
    await wire.initialize()
    for body in (b"{", b"\xff\xfe", b"[]", b"3", b"{}", b'{"jsonrpc": "1.0", "id": 4, "method": "shutdown"}'):
        wire.send_bytes(body)
    for _ in range(2):
        assert (await wire.receive())["error"]["code"] == -32700
    assert await wire.end() == 0


@pytest.mark.parametrize(
    ("method", "params"),
    [
        (
            "textDocument/didChange",
            {"textDocument": CLOSED, "contentChanges": [{"text": ""}]},
        ),
        ("textDocument/didClose", {"textDocument": {"uri": "file:///a"}}),
        ("textDocument/didOpen", {"textDocument": 3}),
        ("textDocument/didFocus", {"textDocument": None}),
        ("$/cancelRequest", {"id": 99}),
        ("window/workDoneProgress/cancel", {"token": "unknown"}),
        ("no/such/notification", None),
    ],
)
async def test_a_wrong_notification_is_survived_in_silence(method: str, params: Any) -> None:
    wire = await Wire.start()
    await wire.initialize()
    wire.send(method, params)
    wire.send("workspace/executeCommand", {"command": "diffgemma.status"}, 7)
    message = await wire.receive()
    assert message["id"] == 7
    assert await wire.end() == 0


async def test_a_request_before_initialize_is_refused() -> None:
    wire = await Wire.start()
    wire.send("textDocument/inlineCompletion", {**PLACE, "context": {"triggerKind": 1}}, 7)
    assert (await wire.answer(7))["error"]["code"] == -32002
    await wire.initialize()
    assert await wire.end() == 0
