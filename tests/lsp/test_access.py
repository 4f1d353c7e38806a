"""Documents that no model may see get nothing, and the status says why."""

from __future__ import annotations

import os

import pytest

from diffgemma_lsp.lsp.access import Access
from diffgemma_lsp.settings import Settings
from tests.lsp.conftest import Launch

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        (".env", "KEY=\n", "this document holds settings that are often secret"),
        ("server.key", "x = \n", "this document holds a key or a certificate"),
        ("notes.py", "-----BEGIN RSA PRIVATE KEY-----\n", "this document holds a private key"),
        ("api_pb2.py", "# Generated. DO NOT EDIT!\nx = \n", "this document is generated, as its head says"),
        ("min.js", "x" * 30_000, "this document has lines too long to be written by hand"),
        ("long.py", "x = 1\n" * 400, "this document has 2400 characters, more than the limit of 2000"),
        ("build/out.py", "x = \n", "this document is ignored by .gitignore"),
        ("secret/plan.py", "x = \n", "this document is ignored by .diffgemmaignore"),
    ],
)
async def test_a_document_that_must_not_be_read_is_inactive(launch: Launch, name: str, text: str, reason: str) -> None:
    editor = await launch(
        'answers = ["1"]', options={"settings": {"longestDocument": 2000 if "long" in name else 90_000}}
    )
    (editor.root / ".gitignore").write_text("build/\n")
    (editor.root / ".diffgemmaignore").write_text("secret/\n")
    uri = editor.open(text, name)
    assert await editor.suggestions(uri, 0, 4) == []
    assert [(status.kind, status.message) for status in editor.heard("didChangeStatus")] == [("Inactive", reason)]
    document = (await editor.run("status", {"textDocument": {"uri": uri}}))["document"]
    assert (document["active"], document["reason"]) == (False, reason)
    answer = await editor.run("fill", {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}})
    assert (answer["applied"], answer["reason"]) == (False, "inactive")
    assert editor.messages == [f"diffgemma: nothing is filled here: {reason}"]


@pytest.mark.parametrize("uri", ["file:///a/%2Eenv", "file:///a/server%2Ekey", "untitled:%2Eenv"])
async def test_a_name_is_secret_however_it_is_written(uri: str) -> None:
    assert Access().why_unread(uri, "python", Settings(), ())


async def test_a_changed_ignore_file_counts_at_once(launch: Launch) -> None:
    editor = await launch('answers = ["1"]')
    uri = editor.open("x = \n")
    ignore = editor.root / ".gitignore"
    ignore.write_text("*.py\n")
    assert await editor.suggestions(uri, 0, 4) == []
    ignore.write_text("*.txt\n")
    os.utime(ignore, ns=(1, 1))
    assert await editor.suggestions(uri, 0, 4) == ["1"]


async def test_the_status_is_said_once_and_taken_back(launch: Launch) -> None:
    editor = await launch('answers = ["1"]')
    env, code = editor.open("KEY=\n", ".env"), editor.open("x = \n")
    for uri in (env, env, code):
        await editor.suggestions(uri, 0, 4)
    assert [status.kind for status in editor.heard("didChangeStatus")] == ["Inactive", "Normal"]


async def test_the_status_follows_the_focus(launch: Launch) -> None:
    editor = await launch()
    env, code = editor.open("KEY=\n", ".env"), editor.open("x = \n")
    for uri in (env, code, editor.uri("closed.py")):
        editor.client.protocol.notify("textDocument/didFocus", {"textDocument": {"uri": uri}})
    await editor.run("status")
    assert [status.kind for status in editor.heard("didChangeStatus")] == ["Inactive", "Normal"]
