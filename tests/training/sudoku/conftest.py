from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from diffgemma_lsp.training.sudoku.checkpoint import export
from diffgemma_lsp.training.sudoku.run import Tally
from diffgemma_lsp.training.sudoku.shape import begin


@pytest.fixture
def model() -> Any:
    """Random weights, which may be changed."""
    return begin(0)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights as a checkpoint."""
    folder = tmp_path_factory.mktemp("sudoku")
    export(dict(begin(0).model.decoder.named_parameters()), Tally(1.0, 2, 3), folder)
    return folder
