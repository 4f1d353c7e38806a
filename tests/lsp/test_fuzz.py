"""Random editing: whatever an editor does, both sides hold the same text, and everything asked is answered once."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from diffgemma_lsp.engine.client.engine_client import EngineClient
from diffgemma_lsp.engine.client.spec import EngineSpec
from tests.engines import engine_folder, status_when
from tests.lsp.conftest import Launch
from tests.lsp.editor import SECONDS, Editor
from tests.lsp.fuzzer import Fuzzer
from tests.lsp.resident import PROGRAM

__all__ = ["engine_folder"]

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]

# DIFFGEMMA_FUZZ_SEEDS and DIFFGEMMA_FUZZ_STEPS make a run longer than a test suite wants it.
STEPS = int(os.environ.get("DIFFGEMMA_FUZZ_STEPS", "2000"))
SEEDS = range(int(os.environ.get("DIFFGEMMA_FUZZ_SEEDS", "3")))
SCRIPT = 'answers = ["a(b)", "x = 1\\n    y", "", ")", " 漢 z"]\nsteps = 3\ndelay_seconds = 0.002\n'
# What a user is told on good grounds in such a session.
SENTENCES = (
    "the document changed",
    "there is no <|fill|>",
    "a rewrite needs a selection",
    "fake suggests nothing else here",
    "fake refills and does not follow instructions",
    "the editor did not take the edit",
    "nothing is filled here: diffgemma is switched off",
)


@pytest.mark.parametrize("encoding", [types.PositionEncodingKind.Utf8, types.PositionEncodingKind.Utf16])
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_random_session_ends_in_order(
    launch: Launch, seed: int, encoding: types.PositionEncodingKind, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.WARNING)
    log = tmp_path / "server.log"
    editor = await launch(SCRIPT, "--log-file", str(log), encoding=encoding, options={"drafts": True})
    await play_and_check(editor, seed, caplog)
    assert "ERROR" not in log.read_text()


async def test_a_random_session_leaves_no_task_in_a_resident_engine(
    tmp_path: Path, engine_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    script = tmp_path / "script.toml"
    script.write_text(SCRIPT)
    editor = Editor(tmp_path)
    await editor.start(str(script), options={"drafts": True}, program=("-c", PROGRAM))
    await play_and_check(editor, 0, caplog)
    async with EngineClient(EngineSpec("fake", str(script)), starts=False) as client:
        idle = status_when(client, lambda status: not status.is_filling and status.waiting == 0)
        await asyncio.wait_for(idle, SECONDS)
    await editor.stop()


async def play_and_check(editor: Editor, seed: int, caplog: pytest.LogCaptureFixture) -> None:
    fuzzer = Fuzzer(editor, seed)
    await fuzzer.play(STEPS)
    assert fuzzer.accepted > STEPS // 100
    errors = [error for request in fuzzer.requests if (error := request.future.exception())]
    codes = {error.code if isinstance(error, JsonRpcException) else str(error) for error in errors}
    assert codes <= {types.LSPErrorCodes.RequestCancelled}
    await editor.idle()
    for uri in fuzzer.uris:
        status = await editor.run("status", {"textDocument": {"uri": uri}})
        assert status["running"] == 0
        assert status["document"]["version"] == editor.versions[uri]
        assert status["document"]["sha256"] == hashlib.sha256(editor.texts[uri].encode()).hexdigest()
    assert not [record for record in caplog.records if "unknown message id" in record.getMessage()]
    told = [message.removeprefix("diffgemma: ") for message in editor.messages]
    assert [message for message in told if not message.startswith(SENTENCES)] == []
    assert {status.kind for status in editor.heard("didChangeStatus")} <= {"Normal", "Inactive"}
    await check_ends(fuzzer)


async def check_ends(fuzzer: Fuzzer) -> None:
    """See that each task that began was said to end once, last of all, and that no progress is left on the screen."""
    editor = fuzzer.editor
    await editor.until(lambda: all(kinds[-1] == "end" for kinds in shown(editor).values()))
    for kinds in shown(editor).values():
        assert (kinds[0], kinds.count("begin"), kinds.count("end")) == ("begin", 1, 1)
    begun, ended = {token.removeprefix("diffgemma/") for token in shown(editor)}, set[str]()
    for draft in editor.heard("diffgemma/draft"):
        assert draft.taskId not in ended
        (ended if hasattr(draft, "done") else begun).add(draft.taskId)
    answers = [request.future.result() for request in fuzzer.requests if not request.future.exception()]
    begun |= {answer["taskId"] for answer in answers if isinstance(answer, dict) and answer.get("applied")}
    assert begun <= ended
    assert len(begun) > STEPS // 100


def shown(editor: Editor) -> dict[str, list[str]]:
    """Return the kinds of the progress of each token, in their order."""
    kinds: dict[str, list[str]] = {}
    for progress in editor.heard(types.PROGRESS):
        kinds.setdefault(progress.token, []).append(progress.value["kind"])
    return kinds
