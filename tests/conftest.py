"""For all tests, and for the processes that they start."""

import os
from pathlib import Path

import pytest

import diffgemma_lsp

# Tiny models gain nothing from a second thread, and OpenMP's threads wait for each other on a busy machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Read when Triton is imported, which bitsandbytes does too. Tests on a GPU set it to 0.
os.environ.setdefault("TRITON_INTERPRET", "1")


@pytest.fixture(scope="session")
def sources() -> list[str]:
    """The project's own modules: real Python, at hand wherever the tests run."""
    folder = Path(diffgemma_lsp.__file__).parent
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py"))]
    return [text for text in texts if len(text) > 1500]
