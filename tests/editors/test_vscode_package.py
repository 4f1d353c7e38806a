"""What the VS Code extension declares is what the server and its own code have."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from diffgemma_lsp.lsp.features import COMMANDS
from diffgemma_lsp.settings import Settings, editor_name, read_editor_settings

FOLDER = Path(__file__).resolve().parents[2] / "editor-clients" / "vscode"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
PACKAGE = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))
CONTRIBUTED = PACKAGE["contributes"]
PROPERTIES: dict[str, Any] = CONTRIBUTED["configuration"]["properties"]
# What the server never reads.
OWN = {"liveDrafts", "server.path", "server.arguments"}
BOUNDED = [name for name, declared in PROPERTIES.items() if "minimum" in declared]


def test_the_extension_declares_the_server_s_settings_and_its_own() -> None:
    declared = {name.removeprefix("diffgemma.") for name in PROPERTIES}
    assert declared - OWN == {editor_name(key.name) for key in fields(Settings)}
    assert declared >= OWN


def test_defaults_are_the_server_s() -> None:
    defaults = {f"diffgemma.{editor_name(key.name)}": getattr(Settings(), key.name) for key in fields(Settings)}
    assert {name: PROPERTIES[name]["default"] for name in defaults} == defaults


@pytest.mark.parametrize("name", BOUNDED)
def test_bounds_are_the_server_s(name: str) -> None:
    declared, key = PROPERTIES[name], name.removeprefix("diffgemma.")
    inside = (declared["minimum"], declared["maximum"])
    outside = (declared["minimum"] - 1, declared["maximum"] + 1)
    problems = [len(read_editor_settings({key: value}, Settings(), "x")[1]) for value in (*inside, *outside)]
    assert problems == [0, 0, 1, 1]


def test_every_number_has_bounds() -> None:
    assert [name for name, declared in PROPERTIES.items() if declared["type"] in ("number", "integer")] == BOUNDED


def test_every_setting_is_described() -> None:
    assert all(declared["markdownDescription"].endswith(".") for declared in PROPERTIES.values())


def test_an_untrusted_workspace_sets_nothing() -> None:
    assert set(PACKAGE["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]) == set(PROPERTIES)


def test_no_workspace_names_a_program() -> None:
    machine = {name for name, declared in PROPERTIES.items() if declared.get("scope") == "machine"}
    assert machine == {"diffgemma.server.path", "diffgemma.server.arguments"}


def test_every_command_is_declared_and_carried_out() -> None:
    table = (FOLDER / "src" / "commands" / "table.ts").read_text(encoding="utf-8")
    rows = set(re.findall(r"^    '(diffgemma\.\w+)':", table, re.MULTILINE))
    # An action's command takes an argument that no user can type.
    assert {command["command"] for command in CONTRIBUTED["commands"]} == rows - {"diffgemma.runAction"}
    # The client registers the server's commands under the server's names.
    assert not rows & set(COMMANDS)


def test_keys_and_menus_run_commands_that_there_are() -> None:
    known = {command["command"] for command in CONTRIBUTED["commands"]}
    used = {entry["command"] for entries in CONTRIBUTED["menus"].values() for entry in entries}
    used |= {binding["command"] for binding in CONTRIBUTED["keybindings"]}
    used |= {"diffgemma." + name for name in re.findall(r"command:diffgemma\.(\w+)", json.dumps(PACKAGE))}
    assert {name for name in used if name.startswith("diffgemma.")} <= known


def test_no_key_is_taken_everywhere_and_tab_not_at_all() -> None:
    for binding in CONTRIBUTED["keybindings"]:
        assert "when" in binding
        assert "tab" not in binding["key"].split("+")


def test_the_page_of_the_extension_names_settings_keys_and_pictures_that_there_are() -> None:
    settings = [*re.findall(r"`diffgemma\.([\w.]+)`", README), "languages", "confidence", "liveDrafts"]
    assert {f"diffgemma.{name}" for name in settings} <= set(PROPERTIES)
    keys = {binding["key"].casefold() for binding in CONTRIBUTED["keybindings"]}
    assert {key.casefold() for key in re.findall(r"Ctrl\+Alt\+\w+", README)} <= keys
    pictures = [FOLDER / path for path in re.findall(r"!\[.+?\]\((.+?)\)", README)]
    assert len(pictures) == 2
    assert all(picture.stat().st_size < 150_000 for picture in pictures)


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (FOLDER / "package-lock.json").read_text(encoding="utf-8")
