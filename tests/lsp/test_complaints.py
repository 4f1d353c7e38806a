"""What users of code completion complain about, each seen from outside, as an editor sees it."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from diffgemma_lsp.engine.client.engine_client import EngineClient
from diffgemma_lsp.engine.client.spec import EngineSpec
from tests.engines import engine_folder, write_script
from tests.lsp.conftest import Launch
from tests.lsp.editor import Editor
from tests.lsp.resident import PROGRAM

__all__ = ["engine_folder"]

pytestmark = pytest.mark.asyncio

Record = Callable[..., Awaitable[tuple[Editor, Callable[[], list[Any]]]]]


@pytest_asyncio.fixture
async def record(tmp_path: Path) -> AsyncIterator[Record]:
    """Start editors; what comes with each returns the tasks that its engine was sent."""
    editors: list[Editor] = []
    root = tmp_path / "workspace"
    root.mkdir()

    async def start(**script: object) -> tuple[Editor, Callable[[], list[Any]]]:
        tasks = tmp_path / "tasks"
        tasks.touch()
        editors.append(Editor(root))
        await editors[-1].start(
            write_script(tmp_path, **script), str(tasks), program=("-m", "tests.lsp.recorded"), options={"drafts": True}
        )
        return editors[-1], lambda: [json.loads(line) for line in tasks.read_text().splitlines()]

    yield start
    for editor in editors:
        await editor.stop()


def under_cursor(uri: str, line: int, column: int) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}


async def accept(editor: Editor, uri: str, item: Any, text: str | None = None) -> None:
    """Take over an item, or the first `text` of it."""
    editor.change(uri, item.range, item.insert_text if text is None else text)


# Too eager, too long, noise.


async def test_noise_is_not_shown_to_someone_who_only_types(launch: Launch) -> None:
    # After half of the steps the time is up, and what has not settled is noise.
    script = 'answers = ["one = 1\\ntwo = 2\\nthree = 3\\nfour = 4"]\nsteps = 4\ndelay_seconds = 0.5\n'
    editor = await launch(script, options={"settings": {"budgetMilliseconds": 750}})
    assert await editor.suggestions(editor.open("\n"), 0, 0, invoked=False) == ["one = 1\ntwo = 2"]


async def test_nothing_is_shown_where_not_even_the_first_line_is_sure(launch: Launch) -> None:
    script = 'answers = ["one = [a, b, c, d, e, f]"]\nsteps = 50\ndelay_seconds = 0.1\n'
    editor = await launch(script, options={"settings": {"budgetMilliseconds": 50}})
    assert await editor.suggestions(editor.open("\n"), 0, 0, invoked=False) == []


async def test_an_automatic_suggestion_is_one_and_as_long_as_it_may_be(launch: Launch) -> None:
    editor = await launch('answers = ["one two three", "other"]', options={"settings": {"maxTokens": 2}})
    assert await editor.suggestions(editor.open("\n"), 0, 0, invoked=False) == ["one two"]


# On every keystroke.


async def test_twenty_keystrokes_send_the_engine_two_tasks_at_most(record: Record) -> None:
    editor, tasks = await record(answers=["1"], steps=2, delay_seconds=0.01)
    uri = editor.open("\n")
    requests = []
    for column, char in enumerate("some_name = function"):
        editor.type(uri, 0, column, char)
        requests.append(editor.ask(uri, 0, column + 1, invoked=False))
    answers = [await request.answer() for request in requests]
    assert answers[:-1] == [None] * 19
    assert [item.insert_text for item in answers[-1].items] == ["1"]
    assert 1 <= len(tasks()) <= 2


# `.env` and ignored files that are sent to a model.


@pytest.mark.parametrize("name", [".env", ".env.local", "id_rsa", "server.pem", "ignored/plan.py", "private/plan.py"])
async def test_a_file_that_is_secret_or_ignored_never_reaches_an_engine(record: Record, name: str) -> None:
    editor, tasks = await record(answers=["1"])
    (editor.root / ".gitignore").write_text("ignored/\n")
    (editor.root / ".diffgemmaignore").write_text("private/\n")
    secret = editor.open("token = 'hunter2'\ntoken_of_user = \n", name)
    code = editor.open("token = 'public'\ntoken_of_user = \n")
    assert await editor.suggestions(secret, 1, 16) == []
    assert (await editor.run("fill", under_cursor(secret, 1, 16)))["reason"] == "inactive"
    editor.type(secret, 1, 16, "hunter2")
    assert await editor.suggestions(code, 1, 16) == ["1"]
    await editor.run("fill", under_cursor(code, 1, 16))
    assert len(tasks()) >= 2
    assert "hunter2" not in json.dumps(tasks())


# Doubled brackets and suffix text.


@pytest.mark.parametrize(
    ("answer", "document", "column", "suggested"),
    [
        ("first, second)", "call()\n", 5, "first, second"),
        ("first[0])", "call()\n", 5, "first[0]"),
        ("f'{x}')", 'print()\n', 6, "f'{x}'"),
        ("key: value}", "{}\n", 1, "key: value"),
        ("a, b]);", "call([]);\n", 6, "a, b"),
        ("name) -> int:", "def f() -> int:\n", 6, "name"),
        ("b in c:", "for a, :\n", 7, "b in c"),
        ("one', 'two'", "x = ['']\n", 6, "one', 'two"),
    ],
)  # fmt: skip
async def test_brackets_and_text_right_of_the_cursor_are_not_doubled(
    launch: Launch, answer: str, document: str, column: int, suggested: str
) -> None:
    editor = await launch(f"answers = [{json.dumps(answer)}]")
    uri = editor.open(document)
    answered = await editor.ask(uri, 0, column).answer()
    assert [item.insert_text for item in answered.items] == [suggested]
    await accept(editor, uri, answered.items[0])
    assert editor.texts[uri] == document[:column] + suggested + document[column:]


async def test_lines_below_the_cursor_are_not_repeated(launch: Launch) -> None:
    editor = await launch('answers = ["total = 0\\n    for item in items:\\n        total += item\\n    return total"]')
    uri = editor.open("def f(items):\n    \n    for item in items:\n        total += item\n    return total\n")
    assert await editor.suggestions(uri, 1, 4) == ["total = 0"]


# Indentation without its newline.


async def test_a_suggestion_at_the_end_of_a_line_brings_its_newline_and_then_its_indentation(launch: Launch) -> None:
    editor = await launch('answers = ["\\n    return x"]')
    uri = editor.open("def f(x):\n")
    answered = await editor.ask(uri, 0, 9).answer()
    await accept(editor, uri, answered.items[0])
    assert editor.texts[uri] == "def f(x):\n    return x\n"


async def test_a_suggestion_on_a_blank_line_is_indented_once(launch: Launch) -> None:
    editor = await launch('answers = ["    if x:\\n        return 1\\n    return 2"]')
    uri = editor.open("def f(x):\n    \n")
    answered = await editor.ask(uri, 1, 4).answer()
    await accept(editor, uri, answered.items[0])
    assert editor.texts[uri] == "def f(x):\n    if x:\n        return 1\n    return 2\n"


# Sentinel tokens that leak.


@pytest.mark.slow
async def test_the_starter_leaks_none_of_its_special_tokens(tmp_path: Path, engine_folder: Path) -> None:
    editor = Editor(tmp_path)
    await editor.start(options={"drafts": True})
    uri = editor.open(
        "def add(first, second):\n    return \n\n\nclass Point:\n    def __init__(self, x, y):\n        \n"
    )
    texts = [
        text for line, column in ((1, 11), (6, 8), (3, 0)) for text in await editor.suggestions(uri, line, column) or ()
    ]
    assert texts
    drafted = [
        hole.text for draft in editor.heard("diffgemma/draft") if not hasattr(draft, "done") for hole in draft.holes
    ]
    assert drafted
    assert [text for text in (*texts, *drafted) if "<|" in text or "|>" in text or "\ufffd" in text] == []
    await editor.stop()


# Silence without a reason.


@pytest.mark.parametrize(
    ("name", "settings", "reason"),
    [
        (".env", {}, "this document holds settings that are often secret"),
        ("file.py", {"enabled": False}, "diffgemma is switched off"),
        ("file.py", {"languages": {"python": False}}, "diffgemma is switched off for python"),
        ("file.py", {"longestDocument": 1000}, "this document has 1505 characters, more than the limit of 1000"),
    ],
)
async def test_the_status_says_why_nothing_is_suggested(
    launch: Launch, name: str, settings: dict[str, Any], reason: str
) -> None:
    editor = await launch('answers = ["1"]', options={"settings": settings})
    uri = editor.open("x = \n" + "y = 2\n" * 250 if settings else "KEY=\n", name)
    assert await editor.suggestions(uri, 0, 4, invoked=False) == []
    assert [(status.kind, status.message) for status in editor.heard("didChangeStatus")] == [("Inactive", reason)]
    assert (await editor.run("status", {"textDocument": {"uri": uri}}))["document"]["reason"] == reason


async def test_an_engine_that_cannot_start_is_said_once_and_shown_in_the_status(
    tmp_path: Path, engine_folder: Path
) -> None:
    editor = Editor(tmp_path)
    await editor.start(str(tmp_path / "absent.toml"), program=("-c", PROGRAM))
    uri = editor.open("x = \n")
    for _ in range(3):
        assert not await editor.suggestions(uri, 0, 4, invoked=False)
    (status,) = editor.heard("didChangeStatus")
    assert status.kind == "Error"
    assert "absent.toml" in status.message
    assert editor.messages == []
    await editor.stop()


# Deleted code.


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_but_the_hole_changes_whatever_is_filled_in(launch: Launch, seed: int) -> None:
    chance = random.Random(seed)
    pieces = ["x", " ", "\n", "\n    ", "return ", "(", ")", "é", "😀", "def f():", "<", "|"]
    answers = ["".join(chance.choices(pieces, k=12)) for _ in range(8)]
    editor = await launch(f"answers = {json.dumps(answers, ensure_ascii=False)}")
    head, tail = "def first():\n    return (1, 'é😀')\n\n\n", "\n\n\ndef last():\n    return [2]\n"
    for number in range(8):
        uri = editor.open(f"{head}<|fill|>{tail}", f"file{number}.py")
        await editor.run("fillHoles", {"textDocument": {"uri": uri}})
        assert editor.texts[uri].startswith(head)
        assert editor.texts[uri].endswith(tail)
        cursor = editor.texts[uri].index("(1") + 1
        answered = await editor.ask(uri, 1, cursor - len("def first():\n")).answer()
        assert all(item.range.start == item.range.end for item in answered.items)


async def test_an_empty_fill_leaves_what_was_selected(launch: Launch) -> None:
    editor = await launch('answers = [""]')
    uri = editor.open("x = compute(1)\n")
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 14}}
    assert (await editor.run("rewrite", {"textDocument": {"uri": uri}, "range": whole}))["reason"] == "nothing"
    assert editor.texts[uri] == "x = compute(1)\n"


# CRLF.


async def test_a_document_with_carriage_returns_keeps_them_everywhere(launch: Launch) -> None:
    editor = await launch('answers = ["if x:\\n        return 1\\n    return 2"]')
    uri = editor.open("def f(x):\r\n    <|fill|>\r\n\r\n\r\ndef g(x):\r\n    \r\n")
    await editor.run("fillHoles", {"textDocument": {"uri": uri}})
    answered = await editor.ask(uri, 7, 4).answer()
    await accept(editor, uri, answered.items[0])
    body = "    if x:\r\n        return 1\r\n    return 2\r\n"
    assert editor.texts[uri] == f"def f(x):\r\n{body}\r\n\r\ndef g(x):\r\n{body}"


# Fast typing, then an accept.


@pytest.mark.parametrize("typed", range(1, 14))
async def test_an_accept_after_fast_typing_doubles_nothing(record: Record, typed: int) -> None:
    whole = "total = count(a)"
    editor, _ = await record(answers=[whole], steps=2, delay_seconds=0.01)
    uri = editor.open("\n")
    requests = []
    for column, char in enumerate(whole[:typed]):
        requests.append(editor.ask(uri, 0, column, invoked=False))
        if column == 0:
            await requests[0].answer()
        editor.type(uri, 0, column, char)
    answered = await editor.ask(uri, 0, typed, invoked=False).answer()
    await accept(editor, uri, answered.items[0])
    assert editor.texts[uri] == f"{whole}\n"


# Large files.


async def test_a_large_file_is_followed_and_served(launch: Launch) -> None:
    editor = await launch('answers = ["1"]', options={"settings": {"debounceMilliseconds": 0}})
    uri = editor.open("def f(x):\r\n    return x  # é😀\r\n\r\n\r\n" * 20_000)
    for column in range(20):
        editor.type(uri, 40_000, column, "x")
        answer = await editor.suggestions(uri, 40_000, column + 1, invoked=False)
        assert answer == ["1"]


async def test_a_file_that_is_too_large_gets_nothing_and_costs_nothing(record: Record) -> None:
    editor, tasks = await record(answers=["1"])
    uri = editor.open("x = 1\n" * 500_000)
    assert await editor.suggestions(uri, 0, 5) == []
    (status,) = editor.heard("didChangeStatus")
    assert status.message == "this document has 3000000 characters, more than the limit of 1000000"
    assert tasks() == []


# Partial accept.


async def test_a_suggestion_is_accepted_word_by_word_and_costs_one_task(record: Record) -> None:
    editor, tasks = await record(answers=["alpha = beta(gamma)\ndelta = 1"])
    uri = editor.open("\n\nlast = 0\n")
    line, column = 0, 0
    for part in ("alpha", " =", " beta", "(gamma)", "\n", "delta"):
        answered = await editor.ask(uri, line, column, invoked=False).answer()
        assert answered.items[0].insert_text.startswith(part)
        await accept(editor, uri, answered.items[0], part)
        line, column = (line + 1, 0) if part == "\n" else (line, column + len(part))
    assert await editor.suggestions(uri, line, column, invoked=False) == [" = 1"]
    assert len(tasks()) == 1
    assert editor.texts[uri] == "alpha = beta(gamma)\ndelta\n\nlast = 0\n"


# A switch for each language.


async def test_a_language_is_switched_off_and_on_by_a_setting_without_a_restart(launch: Launch) -> None:
    editor = await launch('answers = ["1"]')
    markdown, python = editor.open("x = \n", "file.md", "markdown"), editor.open("x = \n")
    for is_on in (True, False, True):
        await editor.configure({"languages": {"markdown": is_on}})
        assert await editor.suggestions(markdown, 0, 4) == (["1"] if is_on else [])
        assert await editor.suggestions(python, 0, 4) == ["1"]


# Two windows, two copies of the model.


async def test_two_windows_share_one_engine(tmp_path: Path, engine_folder: Path) -> None:
    script = write_script(tmp_path, answers=["1"], steps=2, delay_seconds=0.01)
    editors = [Editor(tmp_path), Editor(tmp_path)]
    for editor in editors:
        await editor.start(script, program=("-c", PROGRAM))
    asked = [editor.suggestions(editor.open("x = \n"), 0, 4) for editor in editors]
    assert await asyncio.gather(*asked) == [["1"], ["1"]]
    assert len(list(engine_folder.glob("*.json"))) == 1
    async with EngineClient(EngineSpec("fake", script), starts=False) as client:
        assert 'diffgemma_tasks_total{end="filled"} 2' in await client.metrics()
    for editor in editors:
        await editor.stop()
