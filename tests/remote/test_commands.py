"""`--engine vllm`, by commands and by the server of an editor."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from diffgemma_lsp.cli.exits import Exit
from diffgemma_lsp.cli.fillers import FILLERS
from diffgemma_lsp.cli.main import main
from diffgemma_lsp.engine.client.engine_client import EngineClient
from diffgemma_lsp.engine.client.facts import ModelFacts
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.errors import NotSentError
from diffgemma_lsp.fill import Fill, FillTask, Hole
from diffgemma_lsp.fill.fallback import FallbackFiller
from tests.checkpoints import save_checkpoint
from tests.cli.terminals import start
from tests.engines import engine_folder, play
from tests.lsp.editor import Editor
from tests.remote.fillers import RAW, write_config
from tests.remote.vllm_server import VllmDouble, serving

__all__ = ["engine_folder"]

pytestmark = pytest.mark.usefixtures("engine_folder")

ADD = "def add(a, b):\n    return a\n"


@pytest.fixture
def double() -> Iterator[VllmDouble]:
    with serving(VllmDouble(RAW, lambda _: "a + b", canvas_length=64)) as served:
        yield served


def test_what_is_served_is_known_without_asking_the_server(tmp_path: Path) -> None:
    file = write_config(tmp_path, VllmDouble(RAW, port=1), 'folders = ["/"]', "[limits]", "canvas_tokens = 32")
    assert FILLERS["vllm"].describe(str(file)) == ModelFacts(
        name="diffusiongemma",
        follows_instructions=False,
        prompt_tokens=128,
        canvas_tokens=32,
        steps=8,
        sends_to="http://127.0.0.1:1",
    )


def test_a_command_fills_a_file_by_way_of_a_server(
    tmp_path: Path, double: VllmDouble, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_config(tmp_path, double, f'folders = ["{tmp_path / "work"}"]')
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    Path("add.py").write_text(ADD)
    arguments = ["infill", "add.py", "--span", "2:12-2:13", "--engine", "vllm", "--model", str(file), "--write"]
    assert main(arguments) == 0
    assert Path("add.py").read_text() == ADD.replace("return a", "return a + b")
    monkeypatch.chdir(tmp_path)
    Path("add.py").write_text(ADD)
    assert main(arguments) == 2
    assert "add.py is not sent to http://127.0.0.1:" in capsys.readouterr().err
    assert Path("add.py").read_text() == ADD


def test_a_command_that_is_interrupted_hangs_up_and_leaves_its_file_alone(tmp_path: Path, double: VllmDouble) -> None:
    double.delay_seconds = 60
    file = write_config(tmp_path, double, 'folders = ["/"]')
    (tmp_path / "add.py").write_text(ADD)
    arguments = ["infill", "add.py", "--lines", "2", "--engine", "vllm", "--model", str(file), "--write"]
    terminal = start(arguments, tmp_path)
    terminal.wait_for(rb"denoising")
    while not double.open:
        pass
    terminal.interrupt()
    assert terminal.finish() == Exit.INTERRUPTED
    while double.open:
        pass
    assert double.hung_up == 1
    assert (tmp_path / "add.py").read_text() == ADD


def test_an_engine_says_where_text_goes_and_what_the_server_lacks(tmp_path: Path, double: VllmDouble) -> None:
    double.takes_canvases = False
    double.key = "s3cret"
    (tmp_path / "key").write_text(double.key)
    (tmp_path / "key").chmod(0o600)
    file = write_config(tmp_path, double, 'folders = ["/src"]', "[access]", f'key_file = "{tmp_path / "key"}"')

    async def scene() -> None:
        async with EngineClient(EngineSpec("vllm", str(file))) as client:
            task = FillTask((ADD[:15], Hole(), "\n"), path="/src/add.py")
            *_, fill = [event async for event in client.fill(task, client_id="test")]
            assert isinstance(fill, Fill)
            assert fill.candidates[0].texts == ("a + b",)
            status = await client.status()
            assert status.facts is not None
            assert status.facts.sends_to == double.url
            assert status.device == f"vLLM at {double.url}"
            assert status.note.startswith("the server takes no canvases")
            log = Path(status.log).read_text(encoding="utf-8")
            assert "engine" in log
            assert not any(word in repr(status) + log for word in (double.key, "HTTP Request", "def add"))
            with pytest.raises(NotSentError, match="is not sent to"):
                _ = [event async for event in client.fill(FillTask((Hole(),), path="/etc/x"), client_id="test")]

    play(scene())


@pytest.mark.slow
def test_without_a_server_a_model_of_this_machine_fills(tmp_path: Path) -> None:
    with serving(VllmDouble(RAW)) as gone:
        pass
    save_checkpoint(tmp_path / "model")
    lines = ('folders = ["/src"]', f'fallback = "{tmp_path / "model"}"', "[limits]", "retries = 0")
    filler = FILLERS["vllm"].open(str(write_config(tmp_path, gone, *lines)), lambda _: None)
    for path in ("/src/add.py", "/elsewhere/add.py"):
        *_, fill = filler.fill(FillTask((ADD[:15], Hole(), "\n"), path=path))
        assert isinstance(fill, Fill)
        assert fill.model == "model"
    assert isinstance(filler, FallbackFiller)
    assert filler.note.startswith("model fills on this machine instead: the vLLM server at ")
    filler.close()


@pytest.mark.asyncio
async def test_an_editor_is_served_and_told_where_its_text_goes(tmp_path: Path, double: VllmDouble) -> None:
    double.takes_canvases = False
    file = await asyncio.to_thread(write_config, tmp_path, double, 'folders = ["/"]')
    editor = Editor(tmp_path)
    await editor.start("--engine", "vllm", "--model", str(file), options={"drafts": True})
    await editor.until(lambda: editor.heard("didChangeStatus"))
    where = f"text is sent to {double.url}"
    assert [(status.kind, status.message) for status in editor.heard("didChangeStatus")] == [("Normal", where)]
    engine = (await editor.run("status"))["engine"]
    assert (engine["state"], engine["sendsTo"], engine["model"]) == ("stopped", double.url, "diffusiongemma")
    document = editor.open(ADD)
    assert await editor.suggestions(document, 1, 12) is not None
    await editor.until(lambda: editor.heard("diffgemma/draft"))
    assert [draft.done for draft in editor.heard("diffgemma/draft")] == ["filled"]
    engine = (await editor.run("status"))["engine"]
    assert (engine["state"], engine["sendsTo"]) == ("ready", double.url)
    assert engine["message"].startswith("the server takes no canvases")
    assert all(where in status.message for status in editor.heard("didChangeStatus"))
    assert double.bodies
    double.failures = [400] * 9
    assert await editor.suggestions(editor.open(ADD, "other.py"), 0, 5) is None
    status = editor.heard("didChangeStatus")[-1]
    assert status.kind == "Error"
    assert status.message.endswith(f"; {where}")
    await editor.stop()
