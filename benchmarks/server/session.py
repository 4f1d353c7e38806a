"""An engine of its own, in private folders, and windows on it."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.server.editor import FOLDER, Editor
from benchmarks.server.engine import ENDLESS, KIND, STAMPS
from benchmarks.server.stamps import Stamps
from diffgemma_lsp.engine.client.engine_client import EngineClient
from diffgemma_lsp.engine.client.spec import EngineSpec


@dataclass(frozen=True, slots=True)
class Session:
    """Windows are servers over one engine for `model`; `folder` holds what they open."""

    model: str
    folder: Path
    environment: Mapping[str, str]

    def window(self, name: str, text: str, **options: Any) -> Editor:
        """Return a new window with a document."""
        editor = Editor((sys.executable, "-m", "benchmarks.server.window", self.model), self.environment, options)
        editor.open(self.folder / name, text)
        return editor


@contextmanager
def session(model: str) -> Generator[Session, None, None]:
    """Start an engine, and end it in the end."""
    with tempfile.TemporaryDirectory() as folder:
        private = {"XDG_RUNTIME_DIR": folder, "XDG_STATE_HOME": f"{folder}/state", "PYTHONPATH": str(FOLDER)}
        opened = Session(model, Path(folder), {**os.environ, **private})
        with opened.window(STAMPS, "x = \n") as window:
            read_stamps(window, 4)
        yield opened
        with patch.dict(os.environ, private):
            asyncio.run(_end(EngineSpec(KIND, model)))


async def _end(spec: EngineSpec) -> None:
    async with EngineClient(spec, starts=False) as client:
        await client.shutdown()


@contextmanager
def denoising(opened: Session) -> Generator[None, None, None]:
    """Have another window's automatic task denoised all the while."""
    with opened.window(ENDLESS, "def add(first, second):\n    return \n", settings={"confidence": 0}) as other:
        other.suggest(1, 11, invoked=False)
        yield


def read_stamps(window: Editor, column: int) -> Stamps:
    """Ask for what the engine wrote down so far, in a window with `stamps.py`."""
    window.type(0, column, "x")
    answer = window.answer(window.suggest(0, column + 1, invoked=True))
    assert answer["result"], "the engine is there, and nothing else is asked for in this document"
    return Stamps.from_text(answer["result"]["items"][0]["insertText"])
