"""Faults as an editor sees them: it is answered in time, is told once what is wrong, and goes on when that is over."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from diffgemma_lsp.engine.client.address import read_address
from diffgemma_lsp.engine.client.engine_client import EngineClient
from diffgemma_lsp.engine.client.spec import EngineSpec
from tests.engines import engine_folder, engine_pid, status_when, write_script
from tests.lsp.conftest import Launch
from tests.lsp.editor import SECONDS, Editor
from tests.lsp.resident import PROGRAM

__all__ = ["engine_folder"]

pytestmark = pytest.mark.asyncio

STEP_SECONDS = 0.25
SLOW = f'answers = ["1"]\nsteps = 8\ndelay_seconds = {STEP_SECONDS}\n'
HOLE = "x = <|fill|>\n"


@pytest_asyncio.fixture
async def editor(tmp_path: Path, engine_folder: Path) -> AsyncIterator[Editor]:
    """An editor whose server asks a resident engine that takes a quarter of a second for a step."""
    script = write_script(tmp_path, answers=["1"], steps=8, delay_seconds=STEP_SECONDS)
    editor = Editor(tmp_path)
    await editor.start(script, options={"drafts": True}, program=("-c", PROGRAM))
    yield editor
    await editor.stop()


async def ends(editor: Editor) -> list[str]:
    """Return how tasks ended, once the last one has."""
    await editor.until(lambda: hasattr(editor.heard("diffgemma/draft")[-1], "done"))
    return [draft.done for draft in editor.heard("diffgemma/draft") if hasattr(draft, "done")]


async def seconds_of_small_requests(editor: Editor, uri: str, until: asyncio.Future[Any]) -> list[float]:
    """Type, and ask for what needs no model, over and over until something is done; return how long each took."""
    cursor = types.Range(types.Position(0, 0), types.Position(0, 0))
    params = types.CodeActionParams(types.TextDocumentIdentifier(uri), cursor, types.CodeActionContext([]))
    seconds = []
    while not until.done():
        start = time.perf_counter()
        editor.type(uri, 0, 0, "y")
        await editor.send(types.TEXT_DOCUMENT_CODE_ACTION, params).answer()
        seconds.append(time.perf_counter() - start)
    return seconds


@pytest.mark.parametrize("engine", ["in the server", "resident"])
async def test_a_slow_engine_slows_nothing_else(launch: Launch, editor: Editor, engine: str) -> None:
    if engine == "in the server":
        editor = await launch(SLOW, options={"drafts": True})
    filled, typed = editor.open(HOLE, "filled.py"), editor.open("\n", "typed.py")
    order = editor.order("fillHoles", {"textDocument": {"uri": filled}})
    await editor.until(lambda: editor.heard("diffgemma/draft"))
    seconds = await seconds_of_small_requests(editor, typed, order.future)
    assert (await order.answer())["applied"]
    assert len(seconds) > 8
    assert median(seconds) < STEP_SECONDS / 4


async def test_an_engine_that_is_killed_in_a_fill_is_reported_and_started_again(
    editor: Editor, engine_folder: Path
) -> None:
    uri = editor.open(HOLE)
    order = editor.order("fillHoles", {"textDocument": {"uri": uri}})
    await editor.until(lambda: editor.heard("diffgemma/draft"))
    first = engine_pid(engine_folder)
    os.kill(first, signal.SIGKILL)
    answer = await order.answer()
    message = "the engine ended in the middle of a fill; ask again, and it is started again"
    assert (answer["applied"], answer["reason"], answer["message"]) == (False, "failed", message)
    assert editor.messages == [f"diffgemma: {message}"]
    assert editor.texts[uri] == HOLE
    assert await ends(editor) == ["failed"]
    await editor.until(lambda: editor.heard("$/progress")[-1].value["kind"] == "end")

    assert (await editor.run("fillHoles", {"textDocument": {"uri": uri}}))["applied"]
    assert editor.texts[uri] == "x = 1\n"
    assert engine_pid(engine_folder) != first
    assert len(editor.messages) == 1


async def test_a_suggestion_whose_engine_is_killed_ends_its_drafts_and_changes_nothing_on_the_screen(
    editor: Editor, engine_folder: Path
) -> None:
    request = editor.ask(editor.open("x = \n"), 0, 4)
    await editor.until(lambda: editor.heard("diffgemma/draft"))
    os.kill(engine_pid(engine_folder), signal.SIGKILL)
    assert await request.answer() is None
    assert await ends(editor) == ["failed"]
    (status,) = [status for status in editor.heard("didChangeStatus") if status.kind == "Error"]
    assert "the engine ended in the middle of a fill" in status.message
    assert editor.messages == []


@pytest.mark.parametrize("command", [True, False])
async def test_an_engine_that_stands_still_holds_up_nothing(editor: Editor, engine_folder: Path, command: bool) -> None:
    uri = editor.open(HOLE)
    request = editor.order("fillHoles", {"textDocument": {"uri": uri}}) if command else editor.ask(uri, 0, 4)
    await editor.until(lambda: editor.heard("diffgemma/draft"))
    os.kill(engine_pid(engine_folder), signal.SIGSTOP)
    editor.cancel(request)
    with pytest.raises(JsonRpcException) as caught:
        await asyncio.wait_for(request.future, 2)
    assert caught.value.code == types.LSPErrorCodes.RequestCancelled
    assert await ends(editor) == ["cancelled"]
    os.kill(engine_pid(engine_folder), signal.SIGCONT)
    assert await editor.suggestions(uri, 0, 4) == ["1"]
    assert editor.messages == []


async def test_a_shutdown_does_not_wait_for_an_engine_that_stands_still(editor: Editor, engine_folder: Path) -> None:
    editor.ask(editor.open(HOLE), 0, 4)
    await editor.until(lambda: editor.heard("diffgemma/draft"))
    os.kill(engine_pid(engine_folder), signal.SIGSTOP)
    assert await asyncio.wait_for(editor.stop(), 4) == 0


@pytest.mark.parametrize("removed", ["*.sock", "*"])
async def test_an_engine_whose_files_are_removed_is_replaced_and_every_request_answered(
    editor: Editor, engine_folder: Path, removed: str
) -> None:
    uri = editor.open("x = \n")
    assert await editor.suggestions(uri, 0, 4) == ["1"]
    first = engine_pid(engine_folder)
    assert list(engine_folder.glob("*.sock"))
    for file in engine_folder.glob(removed):
        file.unlink()

    def is_replaced() -> bool:
        addresses = [read_address(file) for file in engine_folder.glob("*.json")]
        return any(address is not None and address.pid != first for address in addresses)

    answer = None
    async with asyncio.timeout(SECONDS):
        while answer is None or not is_replaced():
            # What was suggested before needs no engine.
            editor.type(uri, 0, 0, "y")
            answer = await editor.suggestions(uri, 0, len(editor.texts[uri]) - 1)
            assert answer in (["1"], None)
    assert editor.messages == []
    assert (await editor.run("status"))["engine"]["state"] == "ready"


async def test_a_full_queue_refuses_in_a_sentence_and_serves_again_when_it_is_empty(
    tmp_path: Path, engine_folder: Path
) -> None:
    script = write_script(tmp_path, answers=["1"], steps=10_000, delay_seconds=0.02)
    editor = Editor(tmp_path)
    # A suggestion that nobody asked for is done after one step.
    settings = {"budgetMilliseconds": 1, "confidence": 0}
    await editor.start(script, options={"drafts": True, "settings": settings}, program=("-c", PROGRAM))
    uri, other = editor.open(HOLE), editor.open("y = \n", "other.py")
    fill_holes = {"textDocument": {"uri": uri}}
    orders = [editor.order("fillHoles", fill_holes)]
    await editor.until(lambda: editor.heard("diffgemma/draft"))
    orders += [editor.order("fillHoles", fill_holes) for _ in range(16)]
    async with EngineClient(EngineSpec("fake", script), starts=False) as client:
        await asyncio.wait_for(status_when(client, lambda status: status.waiting == 16), SECONDS)

    refused = await editor.run("fillHoles", fill_holes)
    message = "16 tasks of this client wait already; wait for one, or cancel one"
    assert (refused["applied"], refused["reason"], refused["message"]) == (False, "failed", message)
    assert editor.messages == [f"diffgemma: {message}"]
    assert await editor.suggestions(other, 0, 4, invoked=False) is None
    assert [(status.kind, status.message) for status in editor.heard("didChangeStatus")] == [("Error", message)]

    assert await editor.run("cancel") == {"cancelled": 17}
    assert {(await order.answer())["reason"] for order in orders} == {"cancelled"}
    assert await editor.suggestions(other, 0, 4, invoked=False) == ["1"]
    assert [status.kind for status in editor.heard("didChangeStatus")] == ["Error", "Normal"]
    await editor.stop()


@pytest.mark.parametrize("reopened", [HOLE, "something = else\n", None])
async def test_a_fill_for_a_document_that_was_closed_edits_nothing(launch: Launch, reopened: str | None) -> None:
    editor = await launch(SLOW, options={"drafts": True})
    uri = editor.open(HOLE)
    order = editor.order("fillHoles", {"textDocument": {"uri": uri}})
    await editor.until(lambda: editor.heard("diffgemma/draft"))
    request = editor.ask(uri, 0, 4)
    editor.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
    if reopened is not None:
        editor.open(reopened)
    assert (await order.answer())["reason"] == "cancelled"
    # Where the text is the same, the answer may be, too.
    assert not await request.answer() or reopened == HOLE
    assert editor.applied == []
    await editor.idle()
