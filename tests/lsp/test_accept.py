"""What an accept sets going, from outside: the next fill is begun while the engine has nothing else to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.lsp.editor import SECONDS, Editor

pytestmark = pytest.mark.asyncio

QUICK = '[answers]\n"x = " = "one"\n"one" = " + two"\n"two" = " + three"\n'
SLOW = f"steps = 2000\ndelay_seconds = 0.02\n{QUICK}"
# Slow enough to be interrupted, quick enough to be waited for.
STEADY = f"steps = 10\ndelay_seconds = 0.03\n{QUICK}"
_POLL_SECONDS = 0.005


class Watched:
    """An editor, and the journal of its server's filler."""

    def __init__(self, editor: Editor, journal: Path) -> None:
        self.editor = editor
        self._journal = journal

    @property
    def tasks(self) -> list[str]:
        return self._journal.read_text(encoding="utf-8").split() if self._journal.exists() else []

    async def until(self, tasks: Sequence[str]) -> None:
        """Wait until the journal holds exactly these lines."""

        async def wait() -> None:
            while self.tasks != list(tasks):
                await asyncio.sleep(_POLL_SECONDS)

        try:
            await asyncio.wait_for(wait(), SECONDS)
        except TimeoutError:
            assert self.tasks == list(tasks)

    async def see_that_nothing_began(self) -> None:
        """Ask for something else, and find no task begun between the first and this one."""
        await self.editor.idle()
        assert self.tasks == ["begun", "filled"]
        await self.editor.suggestions(self.editor.open("z = \n", "other.txt", "plaintext"), 0, 4)
        assert self.tasks == ["begun", "filled"] * 2


Launch = Callable[..., Awaitable[Watched]]


@pytest_asyncio.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Launch]:
    editors: list[Editor] = []

    async def start(script: str, *sure: str, **settings: object) -> Watched:
        path, journal = tmp_path / "script.toml", tmp_path / "journal"
        path.write_text(script, encoding="utf-8")
        editor = Editor(tmp_path)
        editors.append(editor)
        program = ("-m", "tests.lsp.counted", str(path), str(journal))
        options = {"settings": {"debounceMilliseconds": 0, **settings}}
        await editor.start(*sure, options=options, program=program)
        return Watched(editor, journal)

    yield start
    for editor in editors:
        await editor.stop()


async def accept_first(watched: Watched, document: str = "x = \n") -> str:
    """Have the first suggestion shown and accepted; return the document."""
    editor = watched.editor
    uri = editor.open(document)
    assert await editor.suggestions(uri, 0, 4, invoked=False) == ["one"]
    editor.type(uri, 0, 4, "one")
    return uri


async def test_after_an_accept_the_next_fill_is_there_before_it_is_asked_for(watch: Launch) -> None:
    watched = await watch(QUICK)
    uri = await accept_first(watched)
    await watched.until(["begun", "filled"] * 2)
    assert await watched.editor.suggestions(uri, 0, 7, invoked=False) == [" + two"]
    assert watched.tasks == ["begun", "filled"] * 2


async def test_the_load_that_a_suggestion_waits_for_is_shown_and_closed(watch: Launch) -> None:
    watched = await watch(STEADY)
    editor = watched.editor
    uri = editor.open("x = \n")
    assert await editor.suggestions(uri, 0, 4, invoked=False) == ["one"]
    shown = await editor.until(lambda: [p.value for p in editor.heard(types.PROGRESS) if p.token == "diffgemma/fill-1"])
    assert (shown[0]["kind"], shown[0]["title"], shown[-1]["kind"]) == ("begin", "Loading the model", "end")
    await editor.suggestions(uri, 0, 3, invoked=False)
    assert {progress.token for progress in editor.heard(types.PROGRESS)} == {"diffgemma/fill-1"}


async def test_a_suggestion_that_was_filled_ahead_can_be_typed_through(watch: Launch) -> None:
    watched = await watch(QUICK)
    uri = await accept_first(watched)
    await watched.until(["begun", "filled"] * 2)
    watched.editor.type(uri, 0, 7, " + ")
    assert await watched.editor.suggestions(uri, 0, 10, invoked=False) == ["two"]
    assert watched.tasks == ["begun", "filled"] * 2


async def test_a_request_joins_the_fill_that_was_begun_for_it(watch: Launch) -> None:
    watched = await watch(STEADY)
    uri = await accept_first(watched)
    await watched.until(["begun", "filled", "begun"])
    assert await watched.editor.suggestions(uri, 0, 7, invoked=False) == [" + two"]
    assert watched.tasks == ["begun", "filled"] * 2


async def test_typing_a_suggestion_to_its_end_accepts_it(watch: Launch) -> None:
    watched = await watch(QUICK)
    uri = watched.editor.open("x = \n")
    await watched.editor.suggestions(uri, 0, 4, invoked=False)
    for column, char in enumerate("one", start=4):
        watched.editor.type(uri, 0, column, char)
    await watched.until(["begun", "filled"] * 2)


async def test_an_accept_is_known_in_a_document_with_carriage_returns(watch: Launch) -> None:
    watched = await watch('[answers]\n"x = " = "(\\n    one\\n)"\n"one\\n)" = "[0]"\n')
    uri = watched.editor.open("x = \r\ny = 2\r\n")
    assert await watched.editor.suggestions(uri, 0, 4, invoked=False) == ["(\r\n    one\r\n)"]
    watched.editor.type(uri, 0, 4, "(\r\n    one\r\n)")
    await watched.until(["begun", "filled"] * 2)
    assert await watched.editor.suggestions(uri, 2, 1, invoked=False) == ["[0]"]
    assert watched.tasks == ["begun", "filled"] * 2


async def test_an_accept_that_takes_an_entry_of_the_editors_list_along_is_known(watch: Launch) -> None:
    watched = await watch('[answers]\n"os.path" = ".sep"\n".sep" = " + one"\n')
    uri = watched.editor.open("x = os.pa\n")
    place = types.Range(types.Position(0, 7), types.Position(0, 9))
    entry = types.SelectedCompletionInfo(place, "path")
    assert await watched.editor.suggestions(uri, 0, 9, invoked=False, selected=entry) == ["path.sep"]
    watched.editor.change(uri, place, "path.sep")
    await watched.until(["begun", "filled"] * 2)
    assert await watched.editor.suggestions(uri, 0, 15, invoked=False) == [" + one"]
    assert watched.tasks == ["begun", "filled"] * 2


async def test_a_part_that_is_accepted_leaves_the_rest_and_begins_nothing(watch: Launch) -> None:
    watched = await watch('[answers]\n"x = " = "alpha + beta"\n')
    uri = watched.editor.open("x = \n")
    await watched.editor.suggestions(uri, 0, 4, invoked=False)
    watched.editor.type(uri, 0, 4, "alpha")
    assert await watched.editor.suggestions(uri, 0, 9, invoked=False) == [" + beta"]
    watched.editor.type(uri, 0, 9, " +")
    assert await watched.editor.suggestions(uri, 0, 11, invoked=False) == [" beta"]
    assert watched.tasks == ["begun", "filled"]
    watched.editor.type(uri, 0, 11, " beta")
    await watched.until(["begun", "filled"] * 2)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
async def test_a_line_that_is_accepted_leaves_the_lines_below_it(watch: Launch, line_end: str) -> None:
    watched = await watch('[answers]\n"x = " = "(\\n    one,\\n)"\n')
    uri = watched.editor.open(f"x = {line_end}y = 2{line_end}")
    suggested = ["(", "    one,", ")"]
    assert await watched.editor.suggestions(uri, 0, 4, invoked=False) == [line_end.join(suggested)]
    watched.editor.type(uri, 0, 4, "(")
    assert await watched.editor.suggestions(uri, 0, 5, invoked=False) == [line_end.join(["", *suggested[1:]])]
    watched.editor.type(uri, 0, 5, f"{line_end}    one,")
    assert await watched.editor.suggestions(uri, 1, 8, invoked=False) == [f"{line_end})"]
    assert watched.tasks == ["begun", "filled"]
    watched.editor.type(uri, 1, 8, f"{line_end})")
    await watched.until(["begun", "filled"] * 2)


async def test_a_request_that_is_the_same_joins_the_one_that_runs(watch: Launch) -> None:
    watched = await watch(STEADY)
    uri = watched.editor.open("x = \n")
    first = watched.editor.ask(uri, 0, 4, invoked=False)
    await watched.until(["begun"])
    second = watched.editor.ask(uri, 0, 4, invoked=False)
    for request in (first, second):
        assert [item.insert_text for item in (await request.answer()).items] == ["one"]
    assert watched.tasks == ["begun", "filled"]


async def test_of_two_requests_that_are_the_same_one_can_be_cancelled_without_the_other(watch: Launch) -> None:
    watched = await watch(STEADY)
    editor = watched.editor
    uri = editor.open("x = \n")
    first = editor.ask(uri, 0, 4, invoked=False)
    await watched.until(["begun"])
    second = editor.ask(uri, 0, 4, invoked=False)
    editor.cancel(first)
    with pytest.raises(JsonRpcException):
        await first.answer()
    assert [item.insert_text for item in (await second.answer()).items] == ["one"]
    assert watched.tasks == ["begun", "filled"]


async def test_a_fill_stops_when_the_last_of_two_requests_that_are_the_same_is_cancelled(watch: Launch) -> None:
    watched = await watch(SLOW)
    editor = watched.editor
    uri = editor.open("x = \n")
    first = editor.ask(uri, 0, 4, invoked=False)
    await watched.until(["begun"])
    second = editor.ask(uri, 0, 4, invoked=False)
    for request in (first, second):
        editor.cancel(request)
    await watched.until(["begun", "dropped"])
    await editor.idle()


async def test_a_request_for_something_else_ends_two_that_are_the_same(watch: Launch) -> None:
    watched = await watch(SLOW.replace("steps = 200", "steps = 1").replace("0.02", "0.2"))
    editor = watched.editor
    uri = editor.open("x = \nz = \n")
    first = editor.ask(uri, 0, 4, invoked=False)
    await watched.until(["begun"])
    second, other = editor.ask(uri, 0, 4, invoked=False), editor.ask(uri, 1, 4, invoked=False)
    assert [await request.answer() for request in (first, second)] == [None, None]
    assert (await other.answer()).items
    assert watched.tasks == ["begun", "dropped", "begun", "filled"]


async def test_something_else_that_is_typed_begins_nothing(watch: Launch) -> None:
    watched = await watch(QUICK)
    uri = watched.editor.open("x = \n")
    await watched.editor.suggestions(uri, 0, 4, invoked=False)
    watched.editor.type(uri, 0, 4, "two")
    await watched.see_that_nothing_began()


async def test_what_was_asked_for_and_is_accepted_begins_nothing(watch: Launch) -> None:
    watched = await watch(QUICK)
    uri = watched.editor.open("x = \n")
    await watched.editor.suggestions(uri, 0, 4)
    watched.editor.type(uri, 0, 4, "one")
    await watched.see_that_nothing_began()


@pytest.mark.parametrize("what", ["change", "another document", "request", "command", "cancel", "toggle", "settings"])
async def test_what_is_ahead_is_dropped_when_something_real_arrives(watch: Launch, what: str) -> None:
    watched = await watch(SLOW.replace("steps = 200", "steps = 1").replace("0.02", "0.2"))
    editor = watched.editor
    other = editor.open("y = \n", "other.py")
    uri = await accept_first(watched)
    await watched.until(["begun", "filled", "begun"])
    if what == "change":
        editor.type(uri, 1, 0, "z")
    elif what == "another document":
        editor.type(other, 0, 4, "z")
    elif what == "request":
        await editor.suggestions(other, 0, 4, invoked=False)
    elif what == "command":
        editor.order("fill", {"textDocument": {"uri": other}, "position": {"line": 0, "character": 4}})
    elif what == "cancel":
        await editor.run("cancel")
    elif what == "toggle":
        await editor.run("toggle")
    else:
        editor.client.set_configuration({"confidence": 0.1}, section="diffgemma")
        editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams({}))
    own = ["begun", "filled"] if what in ("request", "command") else []
    await watched.until(["begun", "filled", "begun", "dropped", *own])


async def test_an_accept_while_the_engine_works_begins_nothing(watch: Launch) -> None:
    watched = await watch(STEADY)
    editor = watched.editor
    uri, other = editor.open("x = \n"), editor.open("y = \n", "other.py")
    await editor.suggestions(uri, 0, 4, invoked=False)
    order = editor.order("fill", {"textDocument": {"uri": other}, "position": {"line": 0, "character": 4}})
    await watched.until(["begun", "filled", "begun"])
    editor.type(uri, 0, 4, "one")
    await order.answer()
    assert watched.tasks == ["begun", "filled"] * 2


async def test_of_many_accepts_one_fill_runs_ahead_at_most(watch: Launch) -> None:
    watched = await watch(STEADY)
    uri = await accept_first(watched)
    await watched.until(["begun", "filled", "begun"])
    assert await watched.editor.suggestions(uri, 0, 7, invoked=False) == [" + two"]
    watched.editor.type(uri, 0, 7, " + two")
    await watched.until(["begun", "filled"] * 2 + ["begun"])
    watched.editor.type(uri, 0, 13, "\n")
    await watched.until(["begun", "filled"] * 2 + ["begun", "dropped"])


async def test_an_unsure_fill_that_was_ahead_is_not_shown(watch: Launch) -> None:
    watched = await watch(QUICK, "1")
    uri = await accept_first(watched)
    await watched.until(["begun", "filled"] * 2)
    assert await watched.editor.suggestions(uri, 0, 7, invoked=False) == []
    assert (await watched.editor.run("status"))["heldBack"] == 0
    assert watched.tasks == ["begun", "filled"] * 2


async def test_nothing_is_begun_for_a_document_that_has_become_secret(watch: Launch, tmp_path: Path) -> None:
    watched = await watch(QUICK)
    uri = watched.editor.open("x = \n")
    await watched.editor.suggestions(uri, 0, 4, invoked=False)
    (tmp_path / ".diffgemmaignore").write_text("*.py\n", encoding="utf-8")
    watched.editor.type(uri, 0, 4, "one")
    await watched.see_that_nothing_began()


async def test_nothing_is_begun_where_a_language_was_switched_off(watch: Launch) -> None:
    watched = await watch(QUICK)
    uri = watched.editor.open("x = \n")
    await watched.editor.suggestions(uri, 0, 4, invoked=False)
    await watched.editor.run("toggle", {"language": "python"})
    watched.editor.type(uri, 0, 4, "one")
    await watched.see_that_nothing_began()
