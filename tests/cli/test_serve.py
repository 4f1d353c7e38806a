"""`diffgemma serve`: where it logs, and whom it asks."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from tests.checkpoints import save_checkpoint
from tests.lsp.editor import Editor
from tests.lsp.wire import Wire

pytestmark = pytest.mark.asyncio


async def test_a_disk_that_is_full_for_the_log_does_not_reach_the_editor() -> None:
    wire = await Wire.start("--log-file", "/dev/full", "--log-level", "debug")
    assert "result" in await wire.initialize()
    for number in range(10, 60):
        wire.send("no/such/method", {"text": "x" * 1000}, number)
        assert (await wire.answer(number))["error"]["code"] == -32601
    assert await wire.end() == 0
    assert wire.process.stderr
    assert await wire.process.stderr.read() == b""


@pytest.mark.slow
async def test_an_engine_of_its_own_serves_a_server_and_ends_with_it(tmp_path: Path, engine_folder: Path) -> None:
    model = tmp_path / "model"
    save_checkpoint(model)
    window = Editor(tmp_path)
    await window.start("--engine", "local", "--model", str(model))
    assert (await window.run("status"))["engine"]["state"] == "stopped"
    assert await window.suggestions(window.open("x = "), 0, 4) is not None
    engine = (await window.run("status"))["engine"]
    assert (engine["state"], engine["model"], engine["followsInstructions"]) == ("ready", "model", False)
    server = window.client._server
    assert server is not None
    # Where the system shows them, the files of every library that is loaded.
    maps = Path(f"/proc/{server.pid}/maps")
    assert not maps.exists() or "torch" not in maps.read_text(encoding="utf-8")
    server.kill()
    await server.wait()
    while list(engine_folder.iterdir()):
        pass
    with suppress(RuntimeError):
        await window.stop()


async def test_a_model_that_cannot_be_is_named_in_the_status(tmp_path: Path) -> None:
    editor = Editor(tmp_path)
    await editor.start("--engine", "local", "--model", "startr")
    await editor.until(lambda: editor.heard("didChangeStatus"))
    (status,) = editor.heard("didChangeStatus")
    assert status.kind == "Error"
    assert status.message.startswith("startr is no folder: name one, a hub id such as ")
    assert await editor.suggestions(editor.open("x = "), 0, 4) is None
    await editor.stop()
