"""What of other documents goes with a request; the fake engine answers by it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lsprotocol import types

from tests.lsp.conftest import Launch
from tests.lsp.editor import Editor

pytestmark = pytest.mark.asyncio

SHAPES = "def area_of(shape):\n    return shape.width * shape.height\n"
OTHER = "class Colour:\n    red = 1\n"
CODE = "print(shape.width, area_of(shape))\ny = "
# What is only said where something stands before the first line of the document.
SCRIPT = "answers = {{ {} = 'related' }}".format(json.dumps("\n" + CODE))


def close(editor: Editor, uri: str) -> None:
    identifier = types.TextDocumentIdentifier(uri)
    editor.client.text_document_did_close(types.DidCloseTextDocumentParams(identifier))


async def is_related(editor: Editor, name: str = "code.py") -> bool:
    uri = editor.open(CODE, name)
    return await editor.suggestions(uri, 1, 4) == ["related"]


async def test_code_that_shares_names_with_the_place_goes_along(launch: Launch) -> None:
    editor = await launch(SCRIPT.replace('"\\n', json.dumps(SHAPES + "\n")[:-1]))
    editor.open(OTHER, "other.py")
    editor.open(SHAPES, "shapes.py")
    assert await is_related(editor)


async def test_commands_get_it_too(launch: Launch) -> None:
    editor = await launch(SCRIPT)
    editor.open(SHAPES, "shapes.py")
    uri = editor.open(CODE, "code.py")
    await editor.run("fill", {"textDocument": {"uri": uri}, "position": {"line": 1, "character": 4}})
    assert editor.texts[uri] == CODE + "related"


@pytest.mark.parametrize(
    ("name", "language", "text", "settings"),
    [
        ("other.py", "python", OTHER, {}),
        (".env", "python", SHAPES, {}),
        ("shapes.key", "python", SHAPES, {}),
        ("build/shapes.py", "python", SHAPES, {}),
        ("secret/shapes.py", "python", SHAPES, {}),
        ("shapes.py", "python", f"# @generated\n{SHAPES}", {}),
        ("shapes.py", "python", SHAPES + "x = 1\n" * 200, {"longestDocument": 1000}),
        ("shapes.py", "lua", SHAPES, {"languages": {"lua": False}}),
        ("shapes.py", "python", SHAPES, {"snippetCharacters": 0}),
        ("shapes.py", "python", SHAPES, {"snippetCharacters": len(SHAPES) - 1}),
    ],
)
async def test_what_has_nothing_to_do_with_it_or_must_not_be_read_never_goes_along(
    launch: Launch, name: str, language: str, text: str, settings: dict[str, Any]
) -> None:
    editor = await launch(SCRIPT, options={"settings": settings})
    (editor.root / ".gitignore").write_text("build/\n")
    (editor.root / ".diffgemmaignore").write_text("secret/\n")
    editor.open(text, name, language)
    assert not await is_related(editor)


async def test_an_edit_of_the_other_document_counts_at_once(launch: Launch) -> None:
    editor = await launch(SCRIPT)
    other = editor.open(OTHER, "shapes.py")
    assert not await is_related(editor)
    editor.change(other, types.Range(types.Position(0, 0), types.Position(2, 0)), SHAPES)
    assert await is_related(editor, "more.py")


async def test_a_document_that_was_edited_goes_on_to_count_when_it_is_closed(launch: Launch) -> None:
    editor = await launch(SCRIPT)
    edited = editor.open(SHAPES[1:], "edited.py")
    editor.type(edited, 0, 0, "d")
    close(editor, edited)
    assert await is_related(editor)


async def test_a_document_that_was_only_looked_at_does_not(launch: Launch) -> None:
    editor = await launch(SCRIPT)
    close(editor, editor.open(SHAPES, "shapes.py"))
    assert not await is_related(editor)
