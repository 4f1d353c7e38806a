"""The command, run in this process in an empty folder."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from diffgemma_lsp.cli.main import main
from tests.engines import engine_folder

__all__ = ["engine_folder"]

ADD = "def add(a, b):\n    return a\n"
FAKE = ("--engine", "fake")


@pytest.fixture(autouse=True)
def own_engines(engine_folder: Path) -> None:
    """Keep the engines of whoever runs the tests out of them."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it printed."""

    code: int
    out: bytes
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main(arguments)
        printed = capsysbinary.readouterr()
        return Ran(code, printed.out, printed.err.decode())

    return command


@pytest.fixture
def infill(run: Run) -> Run:
    """`diffgemma infill` with the fake engine."""

    def command(*arguments: str, stdin: bytes = b"") -> Ran:
        return run("infill", *arguments, *FAKE, stdin=stdin)

    return command


@pytest.fixture
def add(tmp_path: Path) -> Path:
    """A file of two lines."""
    path = tmp_path / "add.py"
    path.write_text(ADD, encoding="utf-8")
    return path


def script(folder: Path, **keys: object) -> str:
    """Write a script for the fake engine and return its name. TOML writes these values as JSON does."""
    path = folder / "fake.toml"
    path.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items()), encoding="utf-8")
    return str(path)
