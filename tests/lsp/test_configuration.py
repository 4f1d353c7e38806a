"""Settings from a file, from initialization options and from the editor's configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from tests.lsp.conftest import Launch

pytestmark = pytest.mark.asyncio


async def test_a_bad_value_is_shown_and_the_default_holds(launch: Launch) -> None:
    editor = await launch('answers = ["1"]', options={"settings": {"confidence": 7, "candidates": 1}})
    assert editor.messages == [
        "diffgemma: initializationOptions.settings sets confidence to 7, "
        "which must be a number from 0 to 1; 0.5 is used"
    ]
    assert await editor.suggestions(editor.open("x = \n"), 0, 4, invoked=False) == ["1"]


async def test_the_configuration_of_the_editor_is_asked_for_and_overrides_the_options(launch: Launch) -> None:
    editor = await launch('answers = ["1", "2", "3"]', options={"settings": {"candidates": 1}})
    uri = editor.open("x = \n")
    await editor.configure({"candidates": 2})
    assert await editor.suggestions(uri, 0, 4) == ["1", "2"]


async def test_an_editor_that_sends_its_settings_along_is_understood(launch: Launch) -> None:
    editor = await launch('answers = ["1", "2", "3"]', capabilities=types.ClientCapabilities())
    uri = editor.open("x = \n")
    params = types.DidChangeConfigurationParams({"diffgemma": {"languages": {"python": False}}})
    editor.client.workspace_did_change_configuration(params)
    assert await editor.suggestions(uri, 0, 4) == []
    document = (await editor.run("status", {"textDocument": {"uri": uri}}))["document"]
    assert (document["active"], document["reason"]) == (False, "diffgemma is switched off for python")


async def test_a_workspace_names_neither_an_engine_nor_a_model(launch: Launch) -> None:
    editor = await launch('name = "actor"\nanswers = ["1"]')
    uri = editor.open("x = \n")
    before = (await editor.run("status"))["engine"]
    await editor.configure({"engine": "vllm", "model": "/elsewhere", "arguments": ["--engine", "vllm"]})
    assert (await editor.run("status"))["engine"] == before
    assert await editor.suggestions(uri, 0, 4) == ["1"]


async def test_the_status_follows_the_settings_of_the_document_in_focus(launch: Launch) -> None:
    editor = await launch(capabilities=types.ClientCapabilities())
    editor.client.protocol.notify("textDocument/didFocus", {"textDocument": {"uri": editor.open("x = \n")}})
    for is_on in (False, True):
        params = types.DidChangeConfigurationParams({"diffgemma": {"languages": {"python": is_on}}})
        editor.client.workspace_did_change_configuration(params)
    await editor.run("status")
    assert [(status.kind, status.message) for status in editor.heard("didChangeStatus")] == [
        ("Inactive", "diffgemma is switched off for python"),
        ("Normal", ""),
    ]


async def test_a_settings_file_holds_where_the_editor_says_nothing(launch: Launch, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("candidates = 1\nmax_tokens = -1\ncolour = 3\n")
    editor = await launch('answers = ["1", "2"]', "--config", str(path))
    assert await editor.suggestions(editor.open("x = \n"), 0, 4) == ["1"]
    assert [message.partition("settings.toml ")[2][:30] for message in editor.messages] == [
        "has the setting 'colour'; ther",
        "sets max_tokens to -1, which m",
    ]
