"""Lines of the workspace come back as suggestions; the fake engine answers with the precedents that it is sent."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from diffgemma_lsp.lsp.origins import METHOD
from diffgemma_lsp.lsp.precedents import Precedents
from diffgemma_lsp.repository.index import Site
from tests.lsp.conftest import Launch
from tests.lsp.editor import SECONDS, Editor

pytestmark = pytest.mark.asyncio

SCRIPT = 'answers = ["made_up"]\nprecedents = true'
THERE = "def find_user(name):\n    user = users.get(name)\n    return checked(user)\n"
HERE = "def find_order(name):\n    order = orders.get(name)\n    \n"
OURS = "return checked(order)"


async def read(editor: Editor, uri: str) -> list[str]:
    """Ask once, so that reading begins; return what is suggested once it is done."""
    await asked(editor, uri)
    async with asyncio.timeout(SECONDS):
        while (await editor.run("status"))["precedents"]["state"] == "reading":
            pass
    return await asked(editor, uri)


async def asked(editor: Editor, uri: str) -> list[str]:
    """Return what is suggested in the blank line, which moves down each time: what was suggested is remembered.

    A busy machine may find precedents too late for one request, but the document itself always has some.
    """
    async with asyncio.timeout(SECONDS):
        while True:
            editor.type(uri, 0, 0, "\n")
            line = editor.texts[uri].split("\n").index("    ")
            found = await editor.suggestions(uri, line, 4)
            if found and found[0] != "made_up":
                return found


async def test_a_line_of_another_file_is_suggested_and_its_place_told(launch: Launch) -> None:
    editor = await launch(SCRIPT, options={"origins": True})
    (editor.root / "users.py").write_text(THERE)
    uri = editor.open(HERE)
    assert (await read(editor, uri))[0] == OURS
    told: Any = editor.heard(METHOD)[-1]
    assert (told.textDocument.uri, told.textDocument.version) == (uri, editor.versions[uri])
    assert (told.origins[0].uri, told.origins[0].line) == (editor.uri("users.py"), 3)
    assert told.origins[0].changed == 0
    assert 0 < told.origins[0].likeness < 3


async def test_an_edit_of_an_open_document_counts_at_once(launch: Launch) -> None:
    editor = await launch(SCRIPT)
    there, uri = editor.open(THERE, "users.py"), editor.open(HERE)
    assert (await read(editor, uri))[0] == OURS
    editor.type(there, 2, 11, "un")
    assert (await asked(editor, uri))[0] == "return unchecked(order)"


async def test_nobody_is_told_of_origins_who_did_not_ask(launch: Launch) -> None:
    editor = await launch(SCRIPT)
    uri = editor.open(HERE)
    await editor.suggestions(uri, 2, 4)
    assert editor.heard(METHOD) == []


@pytest.mark.parametrize("name", ["build/users.py", "vendored/users.py", "../users.py", ".venv/users.py"])
async def test_what_no_model_may_see_and_another_root_are_no_source(launch: Launch, name: str) -> None:
    editor = await launch(SCRIPT)
    (editor.root / ".gitignore").write_text("build/\n")
    (editor.root / "vendored" / ".git").mkdir(parents=True)
    path = editor.root / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(THERE)
    assert OURS not in await read(editor, editor.open(HERE))


async def test_a_setting_switches_precedents_off(launch: Launch) -> None:
    editor = await launch(SCRIPT, options={"settings": {"precedentLines": 0}})
    editor.open(THERE, "users.py")
    assert await editor.suggestions(editor.open(HERE), 2, 4) == ["made_up"]
    assert (await editor.run("status"))["precedents"] == {"state": "off", "lines": 0}


async def test_a_bound_of_lines_is_said_by_the_status(launch: Launch) -> None:
    editor = await launch(SCRIPT, options={"settings": {"precedentLines": 4}})
    (editor.root / "users.py").write_text(THERE)
    await read(editor, editor.open(HERE))
    status = (await editor.run("status"))["precedents"]
    assert status == {"state": "full", "lines": 2}


async def test_text_that_is_rewritten_is_no_precedent_of_its_own(launch: Launch) -> None:
    editor = await launch(SCRIPT)
    editor.open(THERE, "users.py")
    await asked(editor, editor.open(HERE, "other.py"))
    uri = editor.open(HERE.replace("    \n", "    return unlike_any(name)\n"))
    selection = {"start": {"line": 2, "character": 4}, "end": {"line": 2, "character": 28}}
    answer = await editor.run("rewrite", {"textDocument": {"uri": uri}, "range": selection})
    assert answer["applied"]
    assert editor.texts[uri] == HERE.replace("    \n", f"    {OURS}\n")


async def test_a_look_that_takes_too_long_is_not_waited_for(tmp_path: Path) -> None:
    precedents = Precedents()
    site = Site(tmp_path / "a.py", HERE[:-1], "\n")
    release = asyncio.Event()
    loop = asyncio.get_running_loop()
    busy = precedents._in_thread(lambda: asyncio.run_coroutine_threadsafe(release.wait(), loop).result())
    assert await precedents.at(site, {tmp_path / "b.py": THERE}, (), 100) == ()
    release.set()
    await busy
    (found, *_) = await precedents.at(site, {tmp_path / "b.py": THERE}, (), 100) or ()
    assert found.text == OURS
    precedents.close()


async def test_a_cancellation_in_the_moment_of_the_answer_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[asyncio.Future[Any]] = []

    def look_later(*_: object) -> asyncio.Future[Any]:
        looks.append(asyncio.get_running_loop().create_future())
        return looks[-1]

    monkeypatch.setattr(Precedents, "_in_thread", look_later)
    precedents = Precedents()
    asked_for = asyncio.create_task(precedents.at(Site(Path("a.py"), "", ""), {}, (), 10))
    await asyncio.sleep(0)
    looks[0].set_result(())
    asked_for.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked_for
    precedents.close()
