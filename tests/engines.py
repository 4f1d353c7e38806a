"""Engines of a test: in folders of their own, ended with it, and asked from an event loop with a time limit."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

import diffgemma_lsp
from diffgemma_lsp.engine.client.address import read_address
from diffgemma_lsp.engine.client.engine_client import EngineClient
from diffgemma_lsp.engine.client.lock import is_locked
from diffgemma_lsp.engine.client.status import EngineStatus
from diffgemma_lsp.fill import FillTask, Hole

TIMEOUT_SECONDS = 60
TASK = FillTask(("x = ", Hole(), "\n"))

_Result = TypeVar("_Result")


@pytest.fixture
def engine_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the engines of a test their own folders, and end them after it."""
    home = tmp_path_factory.mktemp("user")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("PYTHONPATH", str(Path(diffgemma_lsp.__file__).parents[1]))
    folder = home / "diffgemma"
    yield folder
    for file in folder.glob("*.json"):
        address = read_address(file)
        if address is not None and is_locked(file.with_suffix(".lock")):
            os.kill(address.pid, signal.SIGKILL)


def engine_pid(folder: Path) -> int:
    """Return the process of the only engine there is."""
    (file,) = folder.glob("*.json")
    address = read_address(file)
    assert address is not None
    return address.pid


def play(scene: Coroutine[Any, Any, _Result]) -> _Result:
    """Run what a test does on an event loop."""
    return asyncio.run(asyncio.wait_for(scene, TIMEOUT_SECONDS))


async def status_when(client: EngineClient, fits: Callable[[EngineStatus], bool]) -> EngineStatus:
    """Ask for the status until it fits."""
    while not fits(status := await client.status()):
        pass
    return status


def older_engine() -> list[str]:
    """Return a command line that runs an engine of another version."""
    code = (
        "import sys, diffgemma_lsp; diffgemma_lsp.__version__ = '0.0.1';"
        "from diffgemma_lsp.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    return [sys.executable, "-c", code, "engine", "run", "--detach"]


def write_script(folder: Path, **values: object) -> str:
    """Write a script for the fake filler, and return its path."""
    path = folder / "script.toml"
    lines = (f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())
    path.write_text("".join(lines), encoding="utf-8")
    return str(path)
