"""Random editing: whatever an editor does, both sides hold the same text, and everything asked is answered once."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from random import Random

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.lsp.conftest import Launch
from tests.lsp.editor import Editor, Request

pytestmark = pytest.mark.asyncio

# DIFFGEMMA_FUZZ_STEPS makes a run longer than a test suite wants it.
STEPS = int(os.environ.get("DIFFGEMMA_FUZZ_STEPS", "250"))
PIECES = ["\n", "\r\n", "\r", "\f", "\u2028", "x", "é", "😀", "    ", "foo(", ")", "<|fill|>", "def f():\n    "]
SCRIPT = 'answers = ["a(b)", "x = 1\\n    y", ""]\nsteps = 3\ndelay_seconds = 0.002\n'


class Fuzzer:
    """One random editing session in two documents."""

    def __init__(self, editor: Editor, seed: int) -> None:
        self.editor = editor
        self.random = Random(seed)
        self.uris = [editor.open("def f():\r\n    \n", name) for name in ("one.py", "two.py")]
        self.requests: list[Request] = []

    def step(self) -> None:
        actions = (self.edit, self.edit, self.edit, self.ask, self.ask, self.order, self.cancel, self.configure)
        self.random.choice(actions)()

    def edit(self) -> None:
        uri = self.random.choice(self.uris)
        text = "".join(self.random.choices(PIECES, k=self.random.randrange(4)))
        self.editor.change(uri, self.range(uri), text)

    def ask(self) -> None:
        uri = self.random.choice(self.uris)
        place = self.range(uri).start
        invoked = self.random.random() < 0.5
        self.requests.append(self.editor.ask(uri, place.line, place.character, invoked=invoked))

    def order(self) -> None:
        uri = self.random.choice(self.uris)
        place = self.range(uri)
        ends = {
            name: {"line": end.line, "character": end.character}
            for name, end in (("start", place.start), ("end", place.end))
        }
        command = self.random.choice(("fill", "rewrite", "fillHoles", "cancel", "status"))
        self.requests.append(self.editor.order(command, {"textDocument": {"uri": uri}, "range": ends}))

    def cancel(self) -> None:
        if self.requests:
            self.editor.cancel(self.random.choice(self.requests))

    def configure(self) -> None:
        settings = {"debounceMilliseconds": self.random.choice((0, 5)), "candidates": self.random.choice((1, 3))}
        self.editor.client.set_configuration(settings, section="diffgemma")
        self.editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams({}))

    def range(self, uri: str) -> types.Range:
        snapshot = self.editor.snapshot(uri)
        ends = sorted(self.random.randrange(len(snapshot.text) + 1) for _ in range(2))
        return types.Range(*(snapshot.position(end) for end in ends))


@pytest.mark.parametrize("encoding", [types.PositionEncodingKind.Utf8, types.PositionEncodingKind.Utf16])
@pytest.mark.parametrize("seed", range(2))
async def test_a_random_session_ends_in_order(
    launch: Launch, seed: int, encoding: types.PositionEncodingKind, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    editor = await launch(SCRIPT, encoding=encoding)
    fuzzer = Fuzzer(editor, seed)
    for number in range(STEPS):
        fuzzer.step()
        if number % 20 == 19:
            await editor.run("status")
    answers = await asyncio.gather(*(request.answer() for request in fuzzer.requests), return_exceptions=True)
    errors = [answer for answer in answers if isinstance(answer, BaseException)]
    codes = {error.code if isinstance(error, JsonRpcException) else str(error) for error in errors}
    assert codes <= {types.LSPErrorCodes.RequestCancelled}
    for uri in fuzzer.uris:
        status = await editor.run("status", {"textDocument": {"uri": uri}})
        assert status["running"] == 0
        assert status["document"]["version"] == editor.versions[uri]
        assert status["document"]["sha256"] == hashlib.sha256(editor.texts[uri].encode()).hexdigest()
    assert not [record for record in caplog.records if "unknown message id" in record.getMessage()]
    expected = ("changed", "there is no <|fill|>", "needs a selection", "suggests nothing", "did not take the edit")
    assert [message for message in editor.messages if not any(part in message for part in expected)] == []
