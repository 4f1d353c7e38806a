"""An engine of another version: it is said, and a restart is offered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from diffgemma_lsp import __version__
from diffgemma_lsp.engine.client.engine_client import EngineClient
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.errors import EngineVersionError
from diffgemma_lsp.lsp.restart import RESTART
from tests.engines import engine_folder, older_engine, write_script
from tests.lsp.editor import ROOT, Editor
from tests.lsp.resident import PROGRAM

__all__ = ["engine_folder"]

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def editor(tmp_path: Path, engine_folder: Path) -> AsyncIterator[Editor]:
    """An editor that is not started yet, beside an engine of an older version for its script."""
    script = write_script(tmp_path, answers=["return 1"])
    async with EngineClient(EngineSpec("fake", script), command=older_engine()) as older:
        with pytest.raises(EngineVersionError):
            await older.start()
    editor = Editor(tmp_path)
    yield editor
    await editor.stop()


async def start(editor: Editor) -> None:
    await editor.start(str(editor.root / "script.toml"), program=("-c", PROGRAM))
    await editor.until(lambda: editor.questions)


async def test_a_restart_is_offered_and_done_when_it_is_wanted(editor: Editor) -> None:
    editor.choice = RESTART
    await start(editor)
    (question,) = editor.questions
    assert question.message.startswith("diffgemma: the engine that runs is of version 0.0.1/")
    assert [action.title for action in question.actions or ()] == [RESTART, "Not now"]
    await editor.until(lambda: editor.logged)
    assert await editor.suggestions(editor.open("def f():\n    \n"), 1, 4) == ["return 1"]
    assert (await editor.run("status"))["engine"]["state"] == "ready"
    assert [status.kind for status in editor.heard("didChangeStatus")] == ["Error", "Normal"]


async def test_the_page_for_clients_names_the_question() -> None:
    page = (ROOT / "editor-clients" / "PROTOCOL.md").read_text(encoding="utf-8")
    assert f"`window/showMessageRequest`, whether to `{RESTART}`" in page


async def test_who_does_not_want_a_restart_is_not_asked_again(editor: Editor) -> None:
    editor.choice = "Not now"
    await start(editor)
    uri = editor.open("def f():\n    \n")
    for _ in range(3):
        assert await editor.suggestions(uri, 1, 4) is None
    order = {"textDocument": {"uri": uri}, "position": {"line": 1, "character": 4}}
    assert (await editor.run("fill", order))["reason"] == "failed"
    engine = (await editor.run("status"))["engine"]
    assert engine["state"] == "failed"
    assert f"and this is {__version__}/" in engine["message"]
    assert len(editor.questions) == 1


async def test_an_editor_that_answers_nothing_keeps_the_engine(editor: Editor) -> None:
    await start(editor)
    assert (await editor.run("status"))["engine"]["state"] == "failed"
    editor.choice = RESTART
    assert (await editor.run("restartEngine"))["restarted"]
    assert (await editor.run("status"))["engine"]["state"] != "failed"
