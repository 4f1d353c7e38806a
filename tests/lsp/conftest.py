"""An editor with a server, for tests from outside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest_asyncio

from tests.lsp.editor import Editor

Launch = Callable[..., Awaitable[Editor]]


@pytest_asyncio.fixture
async def launch(tmp_path: Path) -> AsyncIterator[Launch]:
    """Start editors on a folder of their own; `script` is TOML for the fake engine."""
    editors: list[Editor] = []
    root = tmp_path / "workspace"
    root.mkdir()

    async def start(script: str = "", *arguments: str, encoding: Any = None, **options: Any) -> Editor:
        path = tmp_path / "script.toml"
        path.write_text(script, encoding="utf-8")
        editor = Editor(root, encoding) if encoding else Editor(root)
        editors.append(editor)
        await editor.start("--engine", "fake", "--model", str(path), *arguments, **options)
        return editor

    yield start
    for editor in editors:
        await editor.stop()
