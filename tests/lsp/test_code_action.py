"""Code actions: listed at once, filled when chosen."""

from __future__ import annotations

from typing import Any

import pytest
from lsprotocol import types

from diffgemma_lsp.lsp.offers import BODY_KIND, DOCUMENTATION_KIND
from tests.lsp.conftest import Launch
from tests.lsp.editor import CAPABILITIES, Editor, edited

pytestmark = pytest.mark.asyncio


async def actions(editor: Editor, uri: str, start: tuple[int, int], end: tuple[int, int], **context: Any) -> list[Any]:
    params = types.CodeActionParams(
        types.TextDocumentIdentifier(uri),
        types.Range(types.Position(*start), types.Position(*end)),
        types.CodeActionContext(**{"diagnostics": [], **context}),
    )
    return list(await editor.send(types.TEXT_DOCUMENT_CODE_ACTION, params).answer() or ())


async def resolve(editor: Editor, action: types.CodeAction) -> types.CodeAction:
    resolved: types.CodeAction = await editor.send(types.CODE_ACTION_RESOLVE, action).answer()
    return resolved


async def test_listing_asks_no_model(launch: Launch) -> None:
    editor = await launch("steps = 2\ndelay_seconds = 30\n")
    uri = editor.open("x = <|fill|>\n")
    listed = await actions(editor, uri, (0, 0), (0, 3))
    assert [action.title for action in listed] == [
        "Refill selection (the model takes no instructions)",
        "Fill the marked hole",
    ]
    assert all(action.edit is None and action.command is None for action in listed)


async def test_a_model_that_follows_instructions_is_said_to_rewrite_and_to_fix(launch: Launch) -> None:
    editor = await launch('follows_instructions = true\nanswers = ["x = 2"]')
    uri = editor.open("x = y\n")
    place = types.Range(types.Position(0, 4), types.Position(0, 5))
    problem = types.Diagnostic(place, "y is not defined")
    await editor.run("status")
    listed = await actions(editor, uri, (0, 4), (0, 5), diagnostics=[problem])
    assert [action.title for action in listed] == ["Refill selection (without an instruction)", "Fix: y is not defined"]
    fixed = await resolve(editor, listed[1])
    assert fixed.edit is not None
    (change,) = fixed.edit.document_changes or ()
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document.version == 1
    assert [edit.new_text for edit in change.edits] == ["2"]  # type: ignore[union-attr]


async def test_one_that_follows_none_says_so_in_titles_and_results(launch: Launch) -> None:
    editor = await launch('answers = ["x = 2"]')
    uri = editor.open("x = y\n")
    place = types.Range(types.Position(0, 4), types.Position(0, 5))
    listed = await actions(editor, uri, (0, 4), (0, 5), diagnostics=[types.Diagnostic(place, "y is not\ndefined")])
    assert [action.title for action in listed] == [
        "Refill selection (the model takes no instructions)",
        "Refill the lines of: y is not (the model takes no instructions)",
    ]
    for action in listed:
        assert (await resolve(editor, action)).edit is not None
    said = "diffgemma: fake refills and does not follow instructions, so it went by the code alone"
    assert editor.messages == [said] * 2


async def result(editor: Editor, uri: str, action: types.CodeAction) -> str:
    """Return the document as it is once an action was chosen."""
    resolved = await resolve(editor, action)
    (change,) = (resolved.edit and resolved.edit.document_changes) or ()
    assert isinstance(change, types.TextDocumentEdit)
    return edited(editor.snapshot(uri), editor.texts[uri], change.edits)


@pytest.mark.parametrize(
    ("language", "text", "after"),
    [
        ("python", "def f():\n    pas|s\n", "def f():\n    return 1\n"),
        ("python", "def f():\n    |...\n", "def f():\n    return 1\n"),
        ("python", "def f():\n    # TODO: |it\n", "def f():\n    return 1\n"),
        ("python", "def f():\n    raise |NotImplementedError\n", "def f():\n    return 1\n"),
        ("python", "def f(|):\n", "def f():\n    return 1\n"),
        ("python", "def f():\r\n    |\r\n\r\nx = 1\r\n", "def f():\r\n    return 1\r\n\r\nx = 1\r\n"),
        ("rust", "fn f() -> i32 {|}\n", "fn f() -> i32 {\n    return 1\n}\n"),
        ("java", "class A {\n  int f() {\n  |}\n}\n", "class A {\n  int f() {\n    return 1\n  }\n}\n"),
        ("cobol", "  |...\n", "  return 1\n"),
    ],
)
async def test_a_body_that_is_to_be_written_can_be_completed(
    launch: Launch, language: str, text: str, after: str
) -> None:
    editor = await launch('answers = ["return 1"]')
    head = text[: text.index("|")]
    cursor = (head.count("\n"), len(head) - head.rfind("\n") - 1)
    uri = editor.open(text.replace("|", ""), "file", language)
    action, *_ = await actions(editor, uri, cursor, cursor)
    assert action.title == "Complete this body"
    assert await result(editor, uri, action) == after


@pytest.mark.parametrize(
    ("language", "title", "text", "after"),
    [
        ("python", "Write a docstring", "def f():\n    x()\n", 'def f():\n    """Does it."""\n    x()\n'),
        ("typescript", "Write a documentation comment", "class A {}\n", "/** Does it. */\nclass A {}\n"),
    ],
)
async def test_documentation_can_be_written_between_its_quotes(
    launch: Launch, language: str, title: str, text: str, after: str
) -> None:
    editor = await launch("answers = { '\"\"\"' = 'Does it.\"\"\"', '/** ' = 'Does it. */ x' }")
    uri = editor.open(text, "file", language)
    listed = await actions(editor, uri, (0, 1), (0, 1))
    (action,) = [action for action in listed if action.title == f"{title} (the model takes no instructions)"]
    assert await result(editor, uri, action) == after
    assert editor.messages == ["diffgemma: fake refills and does not follow instructions, so it went by the code alone"]


async def test_only_the_kinds_that_the_editor_wants_are_listed(launch: Launch) -> None:
    editor = await launch()
    uri = editor.open("x = 1\n")
    assert await actions(editor, uri, (0, 0), (0, 3), only=[types.CodeActionKind.SourceOrganizeImports]) == []
    assert len(await actions(editor, uri, (0, 0), (0, 3), only=[types.CodeActionKind.RefactorRewrite])) == 1


@pytest.mark.parametrize(
    ("kind", "title"), [(BODY_KIND, "Complete this body"), (DOCUMENTATION_KIND, "Write a docstring")]
)
async def test_an_editor_can_ask_for_one_thing_alone(launch: Launch, kind: str, title: str) -> None:
    editor = await launch("follows_instructions = true")
    await editor.run("status")
    uri = editor.open("def f():\n    pass\n")
    assert [action.title for action in await actions(editor, uri, (0, 5), (0, 5), only=[kind])] == [title]


async def test_an_action_on_a_document_that_moved_on_has_no_edit(launch: Launch) -> None:
    editor = await launch('answers = ["1"]')
    uri = editor.open("x = <|fill|>\n")
    (action,) = await actions(editor, uri, (0, 0), (0, 0))
    editor.type(uri, 0, 0, "y")
    assert (await resolve(editor, action)).edit is None
    assert editor.messages == [
        "diffgemma: the document changed before it could be filled, so nothing was edited; ask again"
    ]


async def test_an_editor_that_cannot_resolve_gets_commands(launch: Launch) -> None:
    capabilities = types.ClientCapabilities(workspace=CAPABILITIES.workspace)
    editor = await launch('answers = ["1"]', capabilities=capabilities)
    uri = editor.open("x = <|fill|>\n")
    (command,) = await actions(editor, uri, (0, 0), (0, 0))
    assert isinstance(command, types.Command)
    assert command.command == "diffgemma.fillHoles"
    await editor.send(
        types.WORKSPACE_EXECUTE_COMMAND, types.ExecuteCommandParams(command.command, command.arguments)
    ).answer()
    assert editor.texts[uri] == "x = 1\n"


async def test_an_action_of_somebody_else_gets_a_message(launch: Launch) -> None:
    editor = await launch()
    assert (await resolve(editor, types.CodeAction("Other", data={"command": "other"}))).edit is None
    assert editor.messages == ["diffgemma: 'other' fills nothing; ask for the code actions again"]


async def test_a_document_that_must_not_be_read_has_no_actions(launch: Launch) -> None:
    editor = await launch()
    uri = editor.open("KEY=<|fill|>\n", ".env", "dotenv")
    assert await actions(editor, uri, (0, 0), (0, 3)) == []
