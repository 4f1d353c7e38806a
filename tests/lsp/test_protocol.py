"""What no client should send, and some do: the answer is an error, and the server lives."""

from __future__ import annotations

import json
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


@pytest.mark.parametrize(
    ("body", "number", "code"),
    [
        (b"", None, -32700),
        (b"{", None, -32700),
        (b"\xff\xfe", None, -32700),
        (b"[" * 100_000, None, -32700),
        (b"1" * 5000, None, -32700),
        (b"[]", None, -32600),
        (b'[{"jsonrpc": "2.0", "id": 4, "method": "shutdown"}]', None, -32600),
        (b"3", None, -32600),
        (b"{}", None, -32600),
        (b'{"jsonrpc": "1.0", "id": 4, "method": "shutdown"}', 4, -32600),
        (b'{"jsonrpc": "2.0", "id": {}, "method": "shutdown"}', None, -32600),
        (b'{"jsonrpc": "2.0", "id": 4, "method": ["shutdown"]}', 4, -32600),
        (b'{"jsonrpc": "2.0", "id": "four", "method": "no/such/method"}', "four", -32601),
        (b'{"jsonrpc": "2.0", "id": 4, "method": "textDocument/codeAction"}', 4, -32602),
    ],
)
async def test_a_malformed_message_is_answered_and_survived(body: bytes, number: Any, code: int) -> None:
    wire = await Wire.start()
    await wire.initialize()
    wire.send_bytes(body)
    message = await wire.receive()
    assert (message["id"], message["error"]["code"]) == (number, code)
    assert await wire.end() == 0


@pytest.mark.parametrize("noise", [b"\x00\xff" * 50_000 + b"\r\n\r\n", b"POST / HTTP/1.1\r\nHost: x\r\n\r\n"])
async def test_bytes_that_are_no_header_are_passed_over(noise: bytes) -> None:
    wire = await Wire.start()
    await wire.initialize()
    wire.writer.write(noise)
    assert await wire.end() == 0


async def test_an_object_inside_of_a_message_is_no_message() -> None:
    wire = await Wire.start()
    await wire.initialize()
    inner = {"jsonrpc": "2.0", "id": 9, "method": "shutdown"}
    wire.send("workspace/didChangeConfiguration", {"settings": inner})
    wire.send("workspace/executeCommand", {"command": "diffgemma.status", "arguments": [inner]}, 7)
    message = await wire.receive()
    assert (message["id"], message["result"]["running"]) == (7, 0)
    assert await wire.end() == 0


@pytest.mark.parametrize("answer", [{"result": 3}, {"result": None}, {"error": 3}, {}])
async def test_a_wrong_answer_to_the_server_ends_what_waits_for_it(answer: Any) -> None:
    wire = await Wire.start()
    workspace = {"applyEdit": True, "workspaceEdit": {"documentChanges": True}}
    wire.send("initialize", {"processId": None, "rootUri": None, "capabilities": {"workspace": workspace}}, 1)
    await wire.answer(1)
    document = {"uri": "file:///a.py", "languageId": "python", "version": 1, "text": "x = "}
    wire.send("textDocument/didOpen", {"textDocument": document})
    place = {"textDocument": {"uri": "file:///a.py"}, "position": {"line": 0, "character": 4}}
    wire.send("workspace/executeCommand", {"command": "diffgemma.fill", "arguments": [place]}, 7)
    asked = await wire.receive()
    assert asked["method"] == "workspace/applyEdit"
    wire.send_bytes(json.dumps({"jsonrpc": "2.0", "id": asked["id"], **answer}).encode())
    assert (await wire.answer(7))["result"]["reason"] == "rejected"
    assert await wire.end() == 0


async def test_an_answer_that_nobody_waits_for_is_survived_in_silence() -> None:
    wire = await Wire.start()
    await wire.initialize()
    numbers: list[Any] = [99, None, "x", [], {}]
    for number in numbers:
        wire.send_bytes(json.dumps({"jsonrpc": "2.0", "id": number, "result": 3}).encode())
    wire.send("workspace/executeCommand", {"command": "diffgemma.status"}, 7)
    assert (await wire.receive())["id"] == 7
    assert await wire.end() == 0


async def test_a_request_after_shutdown_is_refused() -> None:
    wire = await Wire.start()
    await wire.initialize()
    wire.send("shutdown", None, 2)
    await wire.answer(2)
    wire.send("workspace/executeCommand", {"command": "diffgemma.status"}, 7)
    assert (await wire.answer(7))["error"]["code"] == -32600
    wire.send("exit")
    assert await wire.process.wait() == 0


async def test_a_second_initialize_is_refused_and_changes_nothing() -> None:
    wire = await Wire.start()
    await wire.initialize()
    document = {"uri": "file:///a.py", "languageId": "python", "version": 1, "text": "x = "}
    wire.send("textDocument/didOpen", {"textDocument": document})
    wire.send("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, 3)
    assert (await wire.answer(3))["error"]["code"] == -32600
    wire.send("workspace/executeCommand", {"command": "diffgemma.status", "arguments": [PLACE]}, 7)
    assert (await wire.answer(7))["result"]["document"]["version"] == 1
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
