"""PROTOCOL.md says what the code does."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest

from diffgemma_lsp.lsp import drafts, focus, origins, status
from diffgemma_lsp.lsp.engine import EngineState
from diffgemma_lsp.lsp.features import COMMANDS
from diffgemma_lsp.lsp.filling import Reason
from diffgemma_lsp.lsp.fills import End, Purpose
from diffgemma_lsp.lsp.offers import BODY_KIND, DOCUMENTATION_KIND, FIX_KIND, REWRITE_KIND
from diffgemma_lsp.lsp.protocol import VERSION
from diffgemma_lsp.repository.index import ReadingState
from diffgemma_lsp.settings import Settings, editor_name
from tests.lsp.editor import ROOT
from tests.lsp.wire import Wire

PAGE = (ROOT / "editor-clients" / "PROTOCOL.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table whose first column has this heading."""
    table = PAGE.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table.splitlines()[2:]]


def test_every_setting_is_listed_with_its_default() -> None:
    listed = {row[0].strip("`"): row[2] for row in rows("setting")}
    defaults = {editor_name(key.name): getattr(Settings(), key.name) for key in fields(Settings)}
    assert listed == {
        name: json.dumps(dict(value) if name == "languages" else value) for name, value in defaults.items()
    }


@pytest.mark.asyncio
async def test_the_version_is_the_one_that_the_server_names() -> None:
    wire = await Wire.start()
    answer = await wire.initialize()
    assert answer["result"]["capabilities"]["experimental"] == {"diffgemma": {"protocol": VERSION}}
    assert f"This is version {VERSION} of it." in PAGE
    assert await wire.end() == 0


def test_every_command_is_listed() -> None:
    assert [row[0].strip("`") for row in rows("command")] == list(COMMANDS)


def test_every_reason_for_no_edit_is_listed() -> None:
    assert {row[0].strip("`") for row in rows("reason")} == set(get_args(Reason))


@pytest.mark.parametrize(
    "name",
    [
        drafts.METHOD, origins.METHOD, status.METHOD, focus.METHOD, REWRITE_KIND, BODY_KIND, DOCUMENTATION_KIND,
        FIX_KIND, *get_args(End), *get_args(Purpose), *get_args(status.StatusKind), *get_args(EngineState),
        "off", *get_args(ReadingState),
    ],
)  # fmt: skip
def test_every_name_of_ours_is_explained(name: str) -> None:
    assert f"`{name}`" in PAGE


@pytest.mark.asyncio
async def test_the_recorded_session_happens_again(tmp_path: Path) -> None:
    script = tmp_path / "script.toml"
    script.write_text("\n".join(re.findall(r"`(answers = [^`]+|steps = [^`]+)`", PAGE)))
    lines = re.findall(r"^([→←]) (\{.*\})$", PAGE, re.MULTILINE)
    for name in (*COMMANDS, drafts.METHOD, origins.METHOD, status.METHOD, focus.METHOD):
        assert any(f'"{name}"' in line for _, line in lines), f"{name} is recorded"
    wire = await Wire.start("--model", str(script))
    own_id: Any = None
    for mark, line in lines:
        message = json.loads(line)
        if mark == "→":
            number = own_id if message.get("id") == "…" else message.get("id")
            sent = {**message, "jsonrpc": "2.0"} | ({} if number is None else {"id": number})
            wire.send_bytes(json.dumps(sent).encode())
            if message.get("method") == "initialize":
                await wire.answer(message["id"])
            continue
        received = await wire.receive()
        del received["jsonrpc"]
        if "method" in received and "id" in received:
            own_id, received["id"] = received["id"], "…"
        assert received == message
    assert await wire.process.wait() == 0
