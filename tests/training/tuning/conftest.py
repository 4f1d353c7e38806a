from __future__ import annotations

from pathlib import Path

import pytest

from diffgemma_lsp.training.dialect import Dialect, dialect_of
from tests.checkpoints import save_checkpoint

FILES = 6


def write_code(folder: Path, files: int = FILES, functions: int = 40) -> Path:
    """Write a folder of Python files that are little alike."""
    folder.mkdir(parents=True)
    for file in range(files):
        text = "".join(
            f"def name_{file}_{number}(first, second_{number}):\n"
            f"    total = first + {file * number}\n    return total\n\n\n"
            for number in range(functions)
        )
        (folder / f"module_{file}.py").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny checkpoint in a folder of this name."""
    folder = tmp_path_factory.mktemp("checkpoints") / "tiny"
    save_checkpoint(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_dialect(tiny: Path) -> Dialect:
    return dialect_of(tiny, "tiny")


@pytest.fixture
def code(tmp_path: Path) -> Path:
    return write_code(tmp_path / "code")
