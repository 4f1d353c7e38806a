"""The language server with a resident engine of its own, which is a process like any user's."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types

from diffgemma_lsp.engine.client.address import read_address
from diffgemma_lsp.engine.client.engine_client import EngineClient
from diffgemma_lsp.engine.client.spec import EngineSpec
from tests.engines import engine_folder, write_script
from tests.lsp.editor import Editor
from tests.lsp.resident import PROGRAM

__all__ = ["engine_folder"]

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def editor(tmp_path: Path, engine_folder: Path) -> AsyncIterator[Editor]:
    """An editor whose server asks a resident engine, which does not run yet."""
    script = write_script(tmp_path, answers=["return 1"], steps=20, delay_seconds=0.02)
    editor = Editor(tmp_path)
    await editor.start(script, options={"drafts": True}, program=("-c", PROGRAM))
    yield editor
    await editor.stop()


def file_of(editor: Editor) -> Path:
    return editor.root / "script.toml"


async def test_the_first_request_starts_the_engine_and_gets_its_answer(editor: Editor) -> None:
    assert (await editor.run("status"))["engine"]["state"] == "stopped"
    assert await editor.suggestions(editor.open("def f():\n    \n"), 1, 4) == ["return 1"]
    await editor.until(lambda: hasattr(editor.heard("diffgemma/draft")[-1], "done"))
    assert editor.heard("diffgemma/draft")[-1].done == "filled"
    assert (await editor.run("status"))["engine"]["state"] == "ready"


async def test_an_engine_that_dies_in_a_fill_is_reported_once_and_started_again(
    editor: Editor, engine_folder: Path
) -> None:
    uri = editor.open("def f():\n    \n")
    request = editor.ask(uri, 1, 4)
    await editor.until(lambda: editor.heard("diffgemma/draft"))
    (file,) = engine_folder.glob("*.json")
    address = read_address(file)
    assert address is not None
    os.kill(address.pid, signal.SIGKILL)
    assert await request.answer() is None
    (status,) = editor.heard("didChangeStatus")
    assert status.message == "the engine ended in the middle of a fill; ask again, and it is started again"
    assert await editor.suggestions(uri, 1, 4) == ["return 1"]
    assert [status.kind for status in editor.heard("didChangeStatus")] == ["Error", "Normal"]
    assert editor.messages == []
    assert editor.logged == [f"diffgemma: the engine for {file_of(editor)} did not run and was started"] * 2


async def test_a_cancelled_request_ends_in_the_engine_with_the_step_that_it_is_in(
    tmp_path: Path, engine_folder: Path
) -> None:
    script = write_script(tmp_path, answers=["return 1"], steps=20, delay_seconds=0.25)
    editor = Editor(tmp_path)
    await editor.start(script, options={"drafts": True}, program=("-c", PROGRAM))
    request = editor.ask(editor.open("def f():\n    \n"), 1, 4)
    await editor.until(lambda: editor.heard("diffgemma/draft"))
    editor.cancel(request)
    await editor.until(lambda: hasattr(editor.heard("diffgemma/draft")[-1], "done"))
    async with EngineClient(EngineSpec("fake", script), starts=False) as engine:
        while 'diffgemma_tasks_total{end="cancelled"} 1' not in (metrics := await engine.metrics()):
            pass
    (steps,) = (line for line in metrics.splitlines() if line.startswith("diffgemma_steps_total "))
    assert int(steps.split()[1]) <= 2
    await editor.stop()


async def test_two_windows_that_begin_at_the_same_instant_share_one_engine(tmp_path: Path, engine_folder: Path) -> None:
    script = write_script(tmp_path, answers=["return 1"])
    windows = [Editor(tmp_path) for _ in range(2)]
    await asyncio.gather(*[window.start(script, program=("-c", PROGRAM)) for window in windows])
    requests = [window.ask(window.open("def f():\n    \n"), 1, 4) for window in windows]
    answers = await asyncio.gather(*[request.answer() for request in requests])
    assert [[item.insert_text for item in answer.items] for answer in answers] == [["return 1"]] * 2
    assert sum(len(window.logged) for window in windows) == 1
    assert len(list(engine_folder.glob("*.json"))) == 1
    for window in windows:
        await window.stop()


async def test_windows_that_guess_in_one_file_do_not_supersede_each_other(tmp_path: Path, engine_folder: Path) -> None:
    script = write_script(tmp_path, answers=["return 1"], steps=20, delay_seconds=0.05)
    options = {"drafts": True, "settings": {"debounceMilliseconds": 0}}
    windows = [Editor(tmp_path) for _ in range(3)]
    for window in windows:
        await window.start(script, options=options, program=("-c", PROGRAM))
        await window.run("status")
    first, *others = windows
    requests = [first.ask(first.open("def f():\n    \n"), 1, 4, invoked=False)]
    await first.until(lambda: first.heard("diffgemma/draft"))
    requests += [window.ask(window.open("def f():\n    \n"), 1, 4, invoked=False) for window in others]
    answers = [await request.answer() for request in requests]
    assert [[item.insert_text for item in answer.items] for answer in answers] == [["return 1"]] * 3
    ends = [draft.done for window in windows for draft in window.heard("diffgemma/draft") if hasattr(draft, "done")]
    assert ends == ["filled"] * 3
    for window in windows:
        await window.stop()


async def test_what_a_model_can_do_is_known_before_an_engine_runs(tmp_path: Path, engine_folder: Path) -> None:
    window = Editor(tmp_path)
    script = tmp_path / "script.toml"
    script.write_text('name = "actor"\nfollows_instructions = true\n', encoding="utf-8")
    await window.start(str(script), program=("-c", PROGRAM))
    engine = (await window.run("status"))["engine"]
    assert (engine["state"], engine["model"], engine["followsInstructions"]) == ("stopped", "actor", True)
    uri = window.open("x = 1\n")
    params = types.CodeActionParams(
        types.TextDocumentIdentifier(uri),
        types.Range(types.Position(0, 0), types.Position(0, 5)),
        types.CodeActionContext([]),
    )
    actions = await window.send(types.TEXT_DOCUMENT_CODE_ACTION, params).answer()
    assert "Refill selection (without an instruction)" in [action.title for action in actions]
    await window.stop()
