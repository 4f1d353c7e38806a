"""`diffgemma/draft`: what a client that asked for drafts hears."""

from __future__ import annotations

from typing import Any

import pytest

from diffgemma_lsp.fill import Draft, FillTask, Hole, TokenText
from diffgemma_lsp.lsp.drafts import DraftWatcher
from diffgemma_lsp.lsp.fills import Wish
from diffgemma_lsp.lsp.snapshot import Snapshot
from diffgemma_lsp.text import Span
from tests.lsp.conftest import Launch


@pytest.mark.asyncio
async def test_a_task_sends_drafts_of_every_hole_and_one_end(launch: Launch) -> None:
    editor = await launch('answers = ["1", "2"]\nsteps = 4\ndelay_seconds = 0.05\n', options={"drafts": True})
    uri = editor.open("x = <|fill|>\ny = <|fill|>\n")
    await editor.run("fillHoles", {"textDocument": {"uri": uri}})
    await editor.until(lambda: hasattr(editor.heard("diffgemma/draft")[-1], "done"))
    told = editor.heard("diffgemma/draft")
    assert [draft.step for draft in told[:-1]] == [0, 1, 2, 3]
    last = told[-2]
    assert (last.taskId, last.purpose, last.maxSteps) == ("fill-1", "fillHoles", 4)
    assert (last.textDocument.uri, last.textDocument.version) == (uri, 1)
    assert [hole.text for hole in last.holes] == ["1", "2"]
    assert last.holes[1].range.start.line == 1
    assert [(span.text, span.isSettled) for span in last.holes[0].spans] == [("1", True)]
    assert told[-1].done == "filled"


@pytest.mark.asyncio
async def test_a_client_that_did_not_ask_hears_no_drafts(launch: Launch) -> None:
    editor = await launch()
    await editor.suggestions(editor.open("x = \n"), 0, 4)
    assert editor.heard("diffgemma/draft") == []


@pytest.mark.asyncio
async def test_a_task_that_is_called_off_ends_with_cancelled(launch: Launch) -> None:
    editor = await launch("steps = 200\ndelay_seconds = 0.05\n", options={"drafts": True})
    uri = editor.open("x = \n")
    editor.order("fill", {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 4}})
    await editor.until(lambda: editor.heard("diffgemma/draft"))
    await editor.run("cancel")
    await editor.until(lambda: hasattr(editor.heard("diffgemma/draft")[-1], "done"))
    assert editor.heard("diffgemma/draft")[-1].done == "cancelled"


def test_drafts_come_no_faster_than_a_screen_shows_them() -> None:
    sent: list[Any] = []
    times = iter([0.0, 0.0, 0.01, 0.02, 0.05, 0.05])
    snapshot = Snapshot.of("file:///a.py", 1, "python", "x = ", "utf-16")
    wish = Wish("fill-1", "completion", "explicit", snapshot, FillTask(("x = ", Hole())))
    watcher = DraftWatcher(wish, [], lambda _, params: sent.append(params), clock=lambda: next(times))
    for step in range(4):
        watcher.event(Draft(step, 4, ()))
    watcher.end("filled")
    assert [params.get("step", params.get("done")) for params in sent] == [0, 3, "filled"]


def test_the_confidence_of_a_span_is_its_tokens() -> None:
    sent: list[Any] = []
    snapshot = Snapshot.of("file:///a.py", 1, "python", "x = ", "utf-16")
    wish = Wish("fill-1", "completion", "explicit", snapshot, FillTask(("x = ", Hole())))
    watcher = DraftWatcher(wish, [snapshot.range(Span(4, 4))], lambda *p: sent.append(p))
    watcher.event(Draft(0, 4, ((TokenText("1", 0.98765), TokenText(" +", 0.1, is_settled=False)),)))
    ((_, params),) = sent
    assert params["holes"][0]["spans"] == [
        {"text": "1", "confidence": 0.988, "isSettled": True},
        {"text": " +", "confidence": 0.1, "isSettled": False},
    ]


def test_the_draft_of_a_completion_begins_with_the_entry_that_the_editor_has_selected() -> None:
    sent: list[Any] = []
    snapshot = Snapshot.of("file:///a.py", 1, "python", "os.pa", "utf-16")
    wish = Wish("fill-1", "completion", "explicit", snapshot, FillTask(("os.path", Hole())))
    watcher = DraftWatcher(wish, [snapshot.range(Span(3, 5))], lambda *p: sent.append(p), head="path")
    watcher.event(Draft(0, 4, ((TokenText(".join", 0.9),),)))
    ((_, params),) = sent
    (hole,) = params["holes"]
    assert hole["text"] == "path.join"
    assert [span["text"] for span in hole["spans"]] == ["path", ".join"]
