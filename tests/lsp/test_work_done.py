"""Work-done progress as an editor shows it: each display that begins ends, and can be cancelled."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types

from tests.lsp.conftest import Launch
from tests.lsp.editor import Editor, Request

pytestmark = pytest.mark.asyncio

SLOW = "steps = 2000\ndelay_seconds = 0.05\n"
ORDERS = ("rewrite", "resolve")


@pytest_asyncio.fixture
async def loading(tmp_path: Path) -> AsyncIterator[Editor]:
    """An editor whose server's model loads until the first request is called off."""
    editor = Editor(tmp_path)
    await editor.start(options={"drafts": True}, program=("-m", "tests.lsp.loading"))
    yield editor
    await editor.stop()


async def begin(editor: Editor, order: str) -> Request:
    """Open `x = y`, and send a command that rewrites it, or choose the code action that does."""
    uri = editor.open("x = y\n")
    if order == "rewrite":
        ends = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 5}}
        return editor.order("rewrite", {"textDocument": {"uri": uri}, "range": ends})
    place = types.Range(types.Position(0, 0), types.Position(0, 5))
    params = types.CodeActionParams(types.TextDocumentIdentifier(uri), place, types.CodeActionContext([]))
    action, *_ = await editor.send(types.TEXT_DOCUMENT_CODE_ACTION, params).answer()
    return editor.send(types.CODE_ACTION_RESOLVE, action)


def shown(editor: Editor) -> list[dict[str, Any]]:
    """Return what was shown so far, which is of the first task alone."""
    told = editor.heard(types.PROGRESS)
    assert {progress.token for progress in told} <= {"diffgemma/fill-1"}
    return [progress.value for progress in told]


async def cancel(editor: Editor) -> None:
    await editor.until(lambda: shown(editor))
    editor.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams("diffgemma/fill-1"))


async def all_shown(editor: Editor) -> list[dict[str, Any]]:
    """Return what is shown from its begin to its end."""
    await editor.until(lambda: any(progress["kind"] == "end" for progress in shown(editor)))
    return shown(editor)


@pytest.mark.parametrize("order", ORDERS)
async def test_the_progress_of_a_rewrite_and_of_a_chosen_action_is_shown_from_begin_to_end(
    launch: Launch, order: str
) -> None:
    editor = await launch('answers = ["x = 1"]\nsteps = 5\ndelay_seconds = 0.05\n')
    answer = await (await begin(editor, order)).answer()
    assert answer["applied"] if order == "rewrite" else answer.edit
    first, *between, last = await all_shown(editor)
    assert (first["kind"], first["cancellable"]) == ("begin", True)
    assert {progress["kind"] for progress in between} == {"report"}
    assert last == {"kind": "end", "message": "filled"}


@pytest.mark.parametrize("order", ORDERS)
async def test_a_rewrite_and_a_chosen_action_are_cancelled_by_their_progress(launch: Launch, order: str) -> None:
    editor = await launch(SLOW, options={"drafts": True})
    request = await begin(editor, order)
    await cancel(editor)
    answer = await request.answer()
    assert answer["reason"] == "cancelled" if order == "rewrite" else answer.edit is None
    assert (await all_shown(editor))[-1] == {"kind": "end", "message": "cancelled"}
    assert not editor.applied
    assert not editor.messages
    await editor.idle()


async def test_a_load_is_cancelled_by_its_progress_and_what_waited_for_it_is_answered(loading: Editor) -> None:
    uri = loading.open("x = \n")
    request = loading.ask(uri, 0, 4)
    await cancel(loading)
    assert await request.answer() is None
    first, *_, last = await all_shown(loading)
    assert (first["kind"], first["title"]) == ("begin", "Loading the model")
    assert last == {"kind": "end", "message": "cancelled"}
    assert [draft.done for draft in loading.heard("diffgemma/draft")] == ["cancelled"]
    assert not loading.heard("didChangeStatus")[-1].busy
    await loading.idle()
    assert await loading.suggestions(uri, 0, 4) == ["1"]
