"""A real Neovim, fetched once where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.neovim import Desk
from tests.editors.neovim_download import OLD_SUITE, fetch_neovim, find_neovim
from tests.engines import engine_folder

__all__ = ["engine_folder"]


@pytest.fixture(scope="session")
def neovim() -> Path:
    """The editor."""
    return find_neovim()


@pytest.fixture(scope="session")
def old_neovim() -> Path:
    """An editor that is too old."""
    return fetch_neovim(OLD_SUITE)


@pytest.fixture
def desk(tmp_path: Path, neovim: Path, engine_folder: Path) -> Iterator[Desk]:
    """Give a test its editors, which have engines of their own, and end them with it."""
    desk = Desk(tmp_path, neovim)
    yield desk
    for editor in desk.editors:
        editor.close()
