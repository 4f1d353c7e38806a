"""Commands of `workspace/executeCommand`, from outside."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.lsp.conftest import Launch
from tests.lsp.editor import CAPABILITIES

pytestmark = pytest.mark.asyncio

SLOW = "steps = 2000\ndelay_seconds = 0.05\n"


def at(uri: str, line: int, column: int, **others: Any) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}, **others}


def over(uri: str, start: tuple[int, int], end: tuple[int, int], **others: Any) -> dict[str, Any]:
    ends = [{"line": line, "character": character} for line, character in (start, end)]
    return {"textDocument": {"uri": uri}, "range": {"start": ends[0], "end": ends[1]}, **others}


async def test_a_fill_at_a_position_is_one_versioned_edit(launch: Launch) -> None:
    editor = await launch('answers = ["return 1"]')
    uri = editor.open("def f():\n    \n")
    answer = await editor.run("fill", at(uri, 1, 4))
    assert (answer["applied"], answer["reason"], answer["message"]) == (True, None, "")
    assert editor.texts[uri] == "def f():\n    return 1\n"
    (applied,) = editor.applied
    (change,) = applied.edit.document_changes or ()
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document.version == 1


async def test_marked_holes_are_filled_together(launch: Launch) -> None:
    editor = await launch('answers = ["1", "2"]')
    uri = editor.open("x = <|fill|>\r\ny = <|fill|>\r\n")
    assert (await editor.run("fillHoles", {"textDocument": {"uri": uri}}))["applied"]
    assert editor.texts[uri] == "x = 1\r\ny = 2\r\n"
    assert len(editor.applied) == 1


async def test_a_rewrite_changes_only_what_differs(launch: Launch) -> None:
    editor = await launch('answers = ["a = 1\\nb = 3\\nc = 3"]')
    uri = editor.open("a = 1\nb = 2\nc = 3\n")
    assert (await editor.run("rewrite", over(uri, (0, 0), (2, 5))))["applied"]
    assert editor.texts[uri] == "a = 1\nb = 3\nc = 3\n"
    (change,) = editor.applied[0].edit.document_changes or ()
    assert isinstance(change, types.TextDocumentEdit)
    assert [(str(edit.range), edit.new_text) for edit in change.edits] == [("1:4-1:5", "3")]  # type: ignore[union-attr]


async def test_a_rewrite_that_is_not_to_be_applied_is_answered_with_its_versioned_edit(launch: Launch) -> None:
    editor = await launch('answers = ["y = 2"]')
    uri = editor.open("x = 1\n")
    answer = await editor.run("rewrite", over(uri, (0, 0), (0, 5), apply=False))
    assert (answer["applied"], answer["reason"], editor.texts[uri], editor.applied) == (False, None, "x = 1\n", [])
    (change,) = answer["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": 1}
    assert change["edits"][0]["newText"] == "y = 2"


async def test_nothing_to_fill_is_answered_without_an_edit(launch: Launch) -> None:
    editor = await launch('answers = ["x = 1"]')
    uri = editor.open("x = 1\n")
    answer = await editor.run("rewrite", over(uri, (0, 0), (0, 5), apply=False))
    assert (answer["reason"], answer["edit"]) == ("nothing", None)


async def test_an_instruction_that_the_model_cannot_follow_is_said_to_have_had_no_effect(launch: Launch) -> None:
    editor = await launch('answers = ["2"]')
    uri = editor.open("x = 1\n")
    answer = await editor.run("rewrite", over(uri, (0, 4), (0, 5), instruction="double it"))
    assert answer["followsInstructions"] is False
    assert editor.messages == ["diffgemma: fake refills and does not follow instructions, so it went by the code alone"]
    assert editor.texts[uri] == "x = 2\n"


async def test_a_model_that_follows_instructions_says_nothing_about_it(launch: Launch) -> None:
    editor = await launch('answers = ["2"]\nfollows_instructions = true')
    uri = editor.open("x = 1\n")
    await editor.run("rewrite", over(uri, (0, 4), (0, 5), instruction="double it"))
    assert editor.messages == []


async def test_a_document_that_moved_on_gets_a_message_and_no_edit(launch: Launch) -> None:
    editor = await launch("steps = 8\ndelay_seconds = 0.05\n", options={"drafts": True})
    uri = editor.open("x = \n")
    order = editor.order("fill", at(uri, 0, 4))
    await editor.until(lambda: editor.heard("diffgemma/draft"))
    editor.type(uri, 0, 0, "y")
    answer = await order.answer()
    assert (answer["applied"], answer["reason"]) == (False, "stale")
    assert editor.messages == [
        "diffgemma: the document changed while it was being filled, so nothing was edited; ask again"
    ]
    assert editor.applied == []


async def test_an_order_for_another_version_is_refused(launch: Launch) -> None:
    editor = await launch()
    uri = editor.open("x = \n")
    answer = await editor.run("fill", {**at(uri, 0, 4), "textDocument": {"uri": uri, "version": 7}})
    assert answer["reason"] == "stale"
    assert editor.messages == [
        "diffgemma: the document changed before it could be filled, so nothing was edited; ask again"
    ]


async def test_an_edit_that_the_editor_refuses_is_reported(launch: Launch) -> None:
    editor = await launch('answers = ["1"]')
    editor.takes_edits = False
    uri = editor.open("x = \n")
    answer = await editor.run("fill", at(uri, 0, 4))
    assert (answer["applied"], answer["reason"]) == (False, "rejected")
    assert editor.messages == ["diffgemma: the editor did not take the edit (the document is another); ask again"]


async def test_an_editor_without_versioned_edits_is_told_so(launch: Launch) -> None:
    editor = await launch(capabilities=types.ClientCapabilities())
    answer = await editor.run("fill", at(editor.open("x = \n"), 0, 4))
    assert (answer["applied"], answer["reason"]) == (False, "rejected")
    assert "takes no versioned edits" in answer["message"]


@pytest.mark.parametrize(
    ("command", "document", "message"),
    [
        ("fillHoles", "x = 1\n", "there is no <|fill|> in this document; write one where code is missing"),
        (
            "rewrite",
            "x = 1\n",
            "a rewrite needs a selection, and this one is empty; select code, or fill in at the cursor",
        ),
        ("fill", "x = 1\n", "fake suggests nothing else here; try another place, or more of the code selected"),
    ],
)
async def test_where_there_is_nothing_to_do_a_message_says_why(
    launch: Launch, command: str, document: str, message: str
) -> None:
    editor = await launch('answers = [""]')
    answer = await editor.run(command, at(editor.open(document), 0, 2))
    assert (answer["applied"], answer["reason"], answer["message"]) == (False, "nothing", message)
    assert editor.messages == [f"diffgemma: {message}"]


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        ("fill", [], "diffgemma.fill needs textDocument, an object with a uri"),
        ("fill", [1, 2], "diffgemma.fill takes one object as its argument, not [1, 2]"),
        ("fill", [{"textDocument": 3}], "diffgemma.fill: textDocument must be an object with a uri, not 3"),
        (
            "fill",
            [{"textDocument": {"uri": "file:///a"}}],
            "file:///a is not open; open the document before asking about it",
        ),
        ("fillHoles", [{"apply": 1}], "diffgemma.fillHoles: apply must be true or false, not 1"),
        ("cancel", [{"taskId": 3}], "diffgemma.cancel: taskId must be a string, not 3"),
        ("toggle", [{"language": []}], "diffgemma.toggle: language must be a string, not []"),
    ],
)
async def test_wrong_arguments_are_answered_with_what_is_wrong(
    launch: Launch, command: str, arguments: list[Any], message: str
) -> None:
    editor = await launch()
    with pytest.raises(JsonRpcException) as caught:
        await editor.order(command, *arguments).answer()
    assert (caught.value.code, caught.value.message) == (types.ErrorCodes.InvalidParams, message)
    assert editor.messages == []


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({}, "diffgemma.fill needs a range or a position"),
        (
            {"range": {"start": {"line": -1}}},
            "diffgemma.fill: range.start must be line and character, whole numbers from 0, not {'line': -1}",
        ),
        ({"range": 5}, "diffgemma.fill: range must be an object with start and end, not 5"),
        (
            {"position": {"line": 0, "character": 0}, "instruction": 1},
            "diffgemma.fill: instruction must be a string, not 1",
        ),
    ],
)
async def test_a_wrong_place_is_answered_with_what_is_wrong(launch: Launch, place: Any, message: str) -> None:
    editor = await launch()
    uri = editor.open("x = \n")
    with pytest.raises(JsonRpcException) as caught:
        await editor.run("fill", {"textDocument": {"uri": uri}, **place})
    assert (caught.value.code, caught.value.message) == (types.ErrorCodes.InvalidParams, message)


async def test_a_command_can_be_cancelled_like_any_request(launch: Launch) -> None:
    editor = await launch(SLOW, options={"drafts": True})
    uri = editor.open("x = \n")
    order = editor.order("fill", at(uri, 0, 4))
    await editor.until(lambda: editor.heard("diffgemma/draft"))
    editor.cancel(order)
    with pytest.raises(JsonRpcException) as caught:
        await order.answer()
    assert caught.value.code == types.LSPErrorCodes.RequestCancelled
    await editor.idle()


async def test_cancel_stops_the_fills_of_the_document_that_it_names(launch: Launch) -> None:
    editor = await launch(SLOW, options={"drafts": True})
    one, two = (editor.open("x = \n", name) for name in ("one.py", "two.py"))
    orders = [editor.order("fill", at(uri, 0, 4)) for uri in (one, two)]
    await editor.until(lambda: editor.heard("diffgemma/draft"))
    assert await editor.run("cancel", {"textDocument": {"uri": one}}) == {"cancelled": 1}
    assert (await orders[0].answer())["reason"] == "cancelled"
    assert (await editor.run("status"))["running"] == 1
    assert await editor.run("cancel") == {"cancelled": 1}
    assert (await orders[1].answer())["reason"] == "cancelled"
    assert editor.messages == []


async def test_the_status_says_what_is_there(launch: Launch) -> None:
    editor = await launch()
    uri = editor.open("x = \n")
    status = await editor.run("status", {"textDocument": {"uri": uri}})
    assert status["enabled"] is True
    assert status["running"] == 0
    facts = {"model": "fake", "followsInstructions": False, "sendsTo": ""}
    assert status["engine"] == {"state": "ready", "message": "", **facts}
    digest = hashlib.sha256(b"x = \n").hexdigest()
    assert status["document"] == {"active": True, "reason": "", "version": 1, "sha256": digest}


async def test_suggestions_can_be_switched_off_and_on(launch: Launch) -> None:
    editor = await launch('answers = ["1"]')
    uri = editor.open("x = \n")
    assert await editor.run("toggle") == {"enabled": False, "language": None}
    assert await editor.suggestions(uri, 0, 4) == []
    assert await editor.run("toggle") == {"enabled": True, "language": None}
    assert await editor.suggestions(uri, 0, 4) == ["1"]
    said = [(status.kind, status.message) for status in editor.heard("didChangeStatus")]
    assert said == [("Inactive", "diffgemma is switched off"), ("Normal", "")]


async def test_a_language_can_be_switched_off_alone(launch: Launch) -> None:
    editor = await launch('answers = ["1"]')
    python, lua = editor.open("x = \n"), editor.open("x = \n", "file.lua", "lua")
    assert await editor.run("toggle", {"language": "lua"}) == {"enabled": False, "language": "lua"}
    assert await editor.suggestions(lua, 0, 4) == []
    assert await editor.suggestions(python, 0, 4) == ["1"]


async def test_a_restart_of_the_engine_calls_off_what_runs(launch: Launch) -> None:
    editor = await launch(SLOW, options={"drafts": True})
    order = editor.order("fill", at(editor.open("x = \n"), 0, 4))
    await editor.until(lambda: editor.heard("diffgemma/draft"))
    assert await editor.run("restartEngine") == {"restarted": True, "message": ""}
    assert (await order.answer())["reason"] == "cancelled"


async def test_the_progress_of_a_fill_is_created_by_the_server_and_shown_to_its_end(launch: Launch) -> None:
    editor = await launch("steps = 5\ndelay_seconds = 0.05\n")
    await editor.run("fill", at(editor.open("x = \n"), 0, 4))
    await editor.until(lambda: [told for told in editor.heard("$/progress") if told.value["kind"] == "end"])
    told = editor.heard("$/progress")
    assert {progress.token for progress in told} == {"diffgemma/fill-1"}
    assert told[0].value == {"kind": "begin", "title": "Filling in", "cancellable": True, "percentage": 0}
    assert told[-1].value == {"kind": "end", "message": "filled"}


async def test_a_fill_can_be_cancelled_by_its_progress(launch: Launch) -> None:
    editor = await launch(SLOW)
    uri = editor.open("x = \n")
    order = editor.order("fill", at(uri, 0, 4))
    await editor.until(lambda: editor.heard("$/progress"))
    editor.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams("diffgemma/fill-1"))
    answer = await order.answer()
    assert (answer["applied"], answer["reason"]) == (False, "cancelled")
    assert editor.texts[uri] == "x = \n"


async def test_an_editor_without_progress_gets_none(launch: Launch) -> None:
    capabilities = types.ClientCapabilities(workspace=CAPABILITIES.workspace)
    editor = await launch('answers = ["1"]', capabilities=capabilities)
    assert (await editor.run("fill", at(editor.open("x = \n"), 0, 4)))["applied"]
    assert editor.heard("$/progress") == []
