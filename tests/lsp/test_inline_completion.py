"""Suggestions at the cursor, from outside."""

from __future__ import annotations

import asyncio

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.lsp.conftest import Launch

pytestmark = pytest.mark.asyncio

SLOW = "steps = 50\ndelay_seconds = 0.05\n"


def selected(start: tuple[int, int], end: tuple[int, int], text: str) -> types.SelectedCompletionInfo:
    """Return the entry of the editor's own list that would replace a range."""
    return types.SelectedCompletionInfo(types.Range(types.Position(*start), types.Position(*end)), text)


async def test_an_invoked_request_gets_several_items_and_an_automatic_one_gets_one(launch: Launch) -> None:
    editor = await launch('answers = ["a + 1", "b + 2", "c + 3"]')
    uri = editor.open("x = \ny = \n")
    assert await editor.suggestions(uri, 0, 4) == ["a + 1", "b + 2", "c + 3"]
    assert await editor.suggestions(uri, 1, 4, invoked=False) == ["a + 1"]


async def test_an_item_replaces_nothing_and_stands_at_the_cursor(launch: Launch) -> None:
    editor = await launch('answers = ["return 1"]')
    uri = editor.open("def f():\n    \n")
    answer = await editor.ask(uri, 1, 4).answer()
    cursor = types.Position(1, 4)
    assert [item.range for item in answer.items] == [types.Range(cursor, cursor)]


async def test_indentation_that_stands_before_the_cursor_is_not_inserted_again(launch: Launch) -> None:
    editor = await launch('answers = ["    return 1"]')
    uri = editor.open("def f():\n    x = 2\n    \n    y = 3\n")
    assert await editor.suggestions(uri, 2, 4) == ["return 1"]


async def test_lines_after_the_first_keep_their_line_end_and_their_indentation(launch: Launch) -> None:
    editor = await launch('answers = ["if x:\\n        return 1\\n    return 2"]')
    uri = editor.open("def f(x):\n    \n\n\ndef g():\n    pass\n")
    assert await editor.suggestions(uri, 1, 4) == ["if x:\n        return 1\n    return 2"]


async def test_a_document_with_carriage_returns_gets_them_in_suggestions(launch: Launch) -> None:
    editor = await launch('answers = ["if x:\\n        return 1"]')
    uri = editor.open("def f(x):\r\n    \r\n")
    assert await editor.suggestions(uri, 1, 4) == ["if x:\r\n        return 1"]


@pytest.mark.parametrize(
    ("answer", "document", "column", "suggested"),
    [
        ("a, b)", "f()\n", 2, "a, b"),
        ("'k']", "d[]\n", 2, "'k'"),
        ("x for x in y]", "z = []\n", 5, "x for x in y"),
        ("1 + total_count", "n =  + total_count\n", 4, "1"),
    ],
)
async def test_what_stands_right_of_the_cursor_is_not_doubled(
    launch: Launch, answer: str, document: str, column: int, suggested: str
) -> None:
    editor = await launch(f'answers = ["{answer}"]')
    assert await editor.suggestions(editor.open(document), 0, column) == [suggested]


async def test_a_suggestion_in_the_middle_of_a_line_stays_on_it(launch: Launch) -> None:
    editor = await launch('answers = ["1,\\n    other"]')
    uri = editor.open("call(, rest)\n")
    assert await editor.suggestions(uri, 0, 5) == ["1,"]


@pytest.mark.parametrize(
    ("answer", "document", "suggested"),
    [
        ("lex_compute(x)", "total = comp|ute(x)\n", ["lex_comp"]),
        ("me, other_name)", "f(first_na|me)\n", ["me, other_na"]),
        ("_new_\\n    y = 2", "name|space = 1\n", ["_new_"]),
        ("_new_\\n\\nspace = 1", "name|space = 1\n", ["_new_"]),
        ("lex_compute(x)\\nreturn 1", "total = comp|ute(x)\n", ["lex_comp"]),
        ("urn x\\n    y = 2", "ret|urn x\n", []),
        ("ute(x)", "total = comp|ute(x)\n", []),
        ("ute", "total = comp|ute(x)\n", []),
        ("return x", "ret|urn x\n", []),
        ("\\nother", "name|space = 1\n", []),
    ],
)
async def test_a_suggestion_inside_of_a_word_leaves_its_line_whole_and_doubles_none_of_it(
    launch: Launch, answer: str, document: str, suggested: list[str]
) -> None:
    editor = await launch(f'answers = ["{answer}"]')
    before, _, after = document.partition("|")
    assert await editor.suggestions(editor.open(before + after), 0, len(before)) == suggested


@pytest.mark.parametrize("invoked", [True, False])
async def test_an_item_begins_with_the_entry_that_the_editor_has_selected(launch: Launch, invoked: bool) -> None:
    editor = await launch('[answers]\n"os.path" = ".join(a, b)"\n')
    uri = editor.open("x = os.pa\n")
    entry = selected((0, 7), (0, 9), "path")
    answer = await editor.ask(uri, 0, 9, invoked=invoked, selected=entry).answer()
    assert [(item.insert_text, item.range) for item in answer.items] == [("path.join(a, b)", entry.range)]


async def test_what_is_typed_through_while_the_list_is_open_costs_no_fill(launch: Launch) -> None:
    editor = await launch('answers = ["os.path.join(a)", "wrong"]', options={"drafts": True})
    uri = editor.open("x = \n")
    assert await editor.suggestions(uri, 0, 4, invoked=False) == ["os.path.join(a)"]
    editor.type(uri, 0, 4, "os.")
    for column, char in enumerate("pa", start=7):
        editor.type(uri, 0, column, char)
        entry = selected((0, 7), (0, column + 1), "path")
        answer = await editor.ask(uri, 0, column + 1, invoked=False, selected=entry).answer()
        assert [(item.insert_text, item.range) for item in answer.items] == [("path.join(a)", entry.range)]
    editor.change(uri, entry.range, "path")
    assert await editor.suggestions(uri, 0, 11, invoked=False) == [".join(a)"]
    assert {draft.taskId for draft in editor.heard("diffgemma/draft")} == {"fill-1"}


async def test_an_entry_that_is_not_what_was_suggested_asks_again(launch: Launch) -> None:
    editor = await launch('[answers]\n"x = " = "os.path.join(a)"\n"os.pardir" = ".strip()"\n')
    uri = editor.open("x = \n")
    assert await editor.suggestions(uri, 0, 4, invoked=False) == ["os.path.join(a)"]
    editor.type(uri, 0, 4, "os.pa")
    entry = selected((0, 7), (0, 9), "pardir")
    assert await editor.suggestions(uri, 0, 9, invoked=False, selected=entry) == ["pardir.strip()"]


@pytest.mark.parametrize(
    ("encoding", "column"), [(types.PositionEncodingKind.Utf16, 10), (types.PositionEncodingKind.Utf8, 13)]
)
async def test_columns_are_counted_as_the_editor_counts_them(
    launch: Launch, encoding: types.PositionEncodingKind, column: int
) -> None:
    editor = await launch('[answers]\n"é😀\', " = "1"\n', encoding=encoding)
    uri = editor.open("f('aé😀', )\n")
    assert await editor.suggestions(uri, 0, column) == ["1"]


async def test_an_unsure_suggestion_is_shown_only_to_whom_asked(launch: Launch) -> None:
    editor = await launch('answers = ["maybe"]', options={"settings": {"confidence": 1.0}})
    uri = editor.open("x = \n")
    assert await editor.suggestions(uri, 0, 4, invoked=False) == []
    assert await editor.suggestions(uri, 0, 4) == ["maybe"]


async def test_that_a_suggestion_was_held_back_is_said_until_there_is_one(launch: Launch) -> None:
    editor = await launch('answers = ["maybe"]', options={"settings": {"confidence": 1.0}})
    uri = editor.open("x = \n")
    assert (await editor.run("status"))["heldBack"] is None
    for _ in range(2):
        assert await editor.suggestions(uri, 0, 4, invoked=False) == []
        assert (await editor.run("status"))["heldBack"] == pytest.approx(0.99)
    assert await editor.suggestions(uri, 0, 4) == ["maybe"]
    assert (await editor.run("status"))["heldBack"] is None
    said = [(status.kind, status.message) for status in editor.heard("didChangeStatus")]
    assert said == [("Normal", "a suggestion was held back (99 % sure, 100 % wanted)"), ("Normal", "")]


async def test_other_settings_make_nothing_of_what_was_held_back_by_the_old_ones(launch: Launch) -> None:
    editor = await launch('answers = ["maybe"]', options={"settings": {"confidence": 1.0}})
    uri = editor.open("x = \n")
    assert await editor.suggestions(uri, 0, 4, invoked=False) == []
    await editor.configure({"confidence": 0.5})
    assert (await editor.run("status"))["heldBack"] is None
    assert [status.message for status in editor.heard("didChangeStatus")][-1] == ""
    assert await editor.suggestions(uri, 0, 4, invoked=False) == ["maybe"]


async def test_what_was_suggested_and_is_typed_costs_no_fill(launch: Launch) -> None:
    editor = await launch('answers = ["total + 1", "wrong"]', options={"drafts": True})
    uri = editor.open("x = \n")
    assert await editor.suggestions(uri, 0, 4, invoked=False) == ["total + 1"]
    for column, char in enumerate("tota", start=4):
        editor.type(uri, 0, column, char)
    assert await editor.suggestions(uri, 0, 8, invoked=False) == ["l + 1"]
    assert {draft.taskId for draft in editor.heard("diffgemma/draft")} == {"fill-1"}


async def test_typing_something_else_asks_again(launch: Launch) -> None:
    editor = await launch('[answers]\n"x = " = "total"\n"x = n" = "umber"\n')
    uri = editor.open("x = \n")
    assert await editor.suggestions(uri, 0, 4) == ["total"]
    editor.type(uri, 0, 4, "n")
    assert await editor.suggestions(uri, 0, 5) == ["umber"]


async def test_accepting_while_typing_leaves_no_character_doubled(launch: Launch) -> None:
    editor = await launch('answers = ["print(total)"]')
    uri = editor.open("\n")
    assert await editor.suggestions(uri, 0, 0) == ["print(total)"]
    editor.type(uri, 0, 0, "print(")
    editor.type(uri, 0, 6, ")")
    (rest,) = await editor.suggestions(uri, 0, 6) or [""]
    editor.type(uri, 0, 6, rest)
    assert editor.texts[uri] == "print(total)\n"


async def test_after_a_part_was_accepted_the_rest_is_suggested(launch: Launch) -> None:
    editor = await launch('answers = ["alpha beta gamma"]')
    uri = editor.open("x = \n")
    await editor.suggestions(uri, 0, 4)
    editor.type(uri, 0, 4, "alpha ")
    assert await editor.suggestions(uri, 0, 10) == ["beta gamma"]


async def test_a_newer_request_for_a_document_takes_the_place_of_the_older(launch: Launch) -> None:
    editor = await launch(SLOW, options={"drafts": True})
    uri = editor.open("x = \ny = \n")
    older = editor.ask(uri, 0, 4)
    await editor.until(lambda: editor.heard("diffgemma/draft"))
    newer = editor.ask(uri, 1, 4)
    assert await older.answer() is None
    editor.cancel(newer)
    with pytest.raises(JsonRpcException) as caught:
        await newer.answer()
    assert caught.value.code == types.LSPErrorCodes.RequestCancelled
    ends = await editor.until(lambda: [d for d in editor.heard("diffgemma/draft") if hasattr(d, "done")])
    assert (ends[0].taskId, ends[0].done) == ("fill-1", "superseded")


async def test_requests_for_two_documents_do_not_disturb_each_other(launch: Launch) -> None:
    editor = await launch('answers = ["1"]\nsteps = 3\ndelay_seconds = 0.02\n')
    uris = [editor.open("x = \n", name) for name in ("one.py", "two.py")]
    answers = await asyncio.gather(*(editor.suggestions(uri, 0, 4) for uri in uris))
    assert answers == [["1"], ["1"]]


async def test_a_cancelled_request_is_answered_at_once_and_its_fill_stops(launch: Launch) -> None:
    editor = await launch("steps = 2\ndelay_seconds = 30\n")
    request = editor.ask(editor.open("x = \n"), 0, 4)
    editor.cancel(request)
    with pytest.raises(JsonRpcException) as caught:
        await asyncio.wait_for(request.future, 2)
    assert caught.value.code == types.LSPErrorCodes.RequestCancelled
    await editor.idle()


async def test_no_answer_is_given_for_a_document_that_changed_meanwhile(launch: Launch) -> None:
    editor = await launch('answers = ["1"]\nsteps = 8\ndelay_seconds = 0.05\n', options={"drafts": True})
    uri = editor.open("x = \n")
    request = editor.ask(uri, 0, 4)
    await editor.until(lambda: editor.heard("diffgemma/draft"))
    editor.type(uri, 0, 0, "y = 0\n")
    assert await request.answer() is None


async def test_twenty_quick_keystrokes_run_the_model_twice_at_most(launch: Launch) -> None:
    editor = await launch(
        "steps = 2\ndelay_seconds = 0.01\n", options={"drafts": True, "settings": {"debounceMilliseconds": 500}}
    )
    uri = editor.open("\n")
    requests = []
    for column in range(20):
        editor.type(uri, 0, column, "x")
        requests.append(editor.ask(uri, 0, column + 1, invoked=False))
    answers = [await request.answer() for request in requests]
    assert [answer is None for answer in answers] == [True] * 19 + [False]
    drafts = [draft for draft in editor.heard("diffgemma/draft") if not hasattr(draft, "done")]
    assert len({draft.taskId for draft in drafts}) <= 2


async def test_a_request_sees_the_document_as_it_was_when_it_was_sent(launch: Launch) -> None:
    editor = await launch('[answers]\n"old = " = "1"\n"new = " = "2"\n')
    uri = editor.open("old = \n")
    request = editor.ask(uri, 0, 6)
    editor.change(uri, types.Range(types.Position(0, 0), types.Position(0, 3)), "new")
    assert await request.answer() is None
    assert await editor.suggestions(uri, 0, 6) == ["2"]


async def test_a_document_that_is_not_open_gets_no_answer_and_no_error(launch: Launch) -> None:
    editor = await launch()
    assert await editor.suggestions(editor.uri("closed.py"), 0, 0) is None
