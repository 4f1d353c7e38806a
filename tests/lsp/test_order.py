"""Which of several requests is answered, and how each of them ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.lsp.conftest import Launch
from tests.lsp.wire import Wire

pytestmark = pytest.mark.asyncio

SLOW = 'steps = 50\ndelay_seconds = 0.05\n[answers]\n"x = " = "1"\n'
HANGING = "delay_seconds = 60\n"


async def test_a_request_that_needs_no_model_takes_the_place_of_one_that_does(launch: Launch) -> None:
    editor = await launch('steps = 8\ndelay_seconds = 0.05\n[answers]\n"x = " = "1"\n', options={"drafts": True})
    uri = editor.open("x = \ny = \n")
    assert await editor.suggestions(uri, 0, 4) == ["1"]
    older = editor.ask(uri, 1, 4)
    await editor.until(lambda: editor.heard("diffgemma/draft")[-1].taskId == "fill-2")
    assert await editor.suggestions(uri, 0, 4) == ["1"]
    assert await older.answer() is None


async def test_a_document_that_is_opened_again_gets_no_answer_for_what_it_was(launch: Launch) -> None:
    editor = await launch('steps = 8\ndelay_seconds = 0.05\n[answers]\n"x = " = "1"\n', options={"drafts": True})
    uri = editor.open("x = \n")
    request = editor.ask(uri, 0, 4)
    await editor.until(lambda: editor.heard("diffgemma/draft"))
    editor.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
    editor.open("y = 2\n")
    assert await request.answer() is None


async def test_a_cancelled_action_is_answered_at_once_and_its_fill_stops(launch: Launch) -> None:
    editor = await launch(HANGING)
    uri = editor.open("x = <|fill|>\n")
    action = types.CodeAction(
        "Fill", data={"command": "diffgemma.fillHoles", "textDocument": {"uri": uri, "version": 1}}
    )
    request = editor.send(types.CODE_ACTION_RESOLVE, action)
    editor.cancel(request)
    with pytest.raises(JsonRpcException) as caught:
        await request.answer()
    assert caught.value.code == types.LSPErrorCodes.RequestCancelled
    await editor.idle()


@pytest.mark.parametrize("method", ["textDocument/inlineCompletion", "workspace/executeCommand"])
async def test_every_task_that_showed_itself_ends_before_the_server_does(tmp_path: Path, method: str) -> None:
    script = tmp_path / "script.toml"
    script.write_text(SLOW, encoding="utf-8")
    wire = await Wire.start("--model", str(script))
    edits = {"applyEdit": True, "workspaceEdit": {"documentChanges": True}}
    options = {"drafts": True}
    wire.send(
        "initialize", {"rootUri": None, "capabilities": {"workspace": edits}, "initializationOptions": options}, 1
    )
    await wire.answer(1)
    uri = "file:///a.py"
    wire.send(
        "textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": "x = "}}
    )
    place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 4}}
    params: dict[str, Any] = {**place, "context": {"triggerKind": 1}}
    if method == "workspace/executeCommand":
        params = {"command": "diffgemma.fill", "arguments": [place]}
    wire.send(method, params, 5)
    while (await wire.receive()).get("method") != "diffgemma/draft":
        pass
    wire.send("shutdown", None, 2)
    ends = []
    while (message := await wire.receive()).get("id") != 2:
        ends += [message["params"]["done"]] if "done" in message.get("params", ()) else []
    assert ends == ["cancelled"]
    wire.send("exit")
    assert await wire.process.wait() == 0
