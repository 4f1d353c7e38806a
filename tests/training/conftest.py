from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from diffgemma_lsp.corpus.fetching import fetch
from diffgemma_lsp.corpus.packages import Package, Role
from diffgemma_lsp.training.dialect import Dialect, starter_dialect
from diffgemma_lsp.training.vocabulary import load_vocabulary, tokenizer_path, train_vocabulary
from tests.corpus.archives import write_wheel


@pytest.fixture(scope="session")
def vocabulary_file(sources: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vocabulary") / "tokenizer.json"
    train_vocabulary(sources, path)
    return path


@pytest.fixture(scope="session")
def tokenizer(vocabulary_file: Path) -> Tokenizer:
    return load_vocabulary(vocabulary_file)


@pytest.fixture(scope="session")
def dialect(vocabulary_file: Path) -> Dialect:
    return starter_dialect(vocabulary_file)


@pytest.fixture(scope="module")
def state(sources: list[str], vocabulary_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder as the stages before training leave it, of a few short modules."""
    folder = tmp_path_factory.mktemp("state")
    packages = (Package("kept", "1.0", "MIT"), Package("checked", "2.0", "MIT", Role.VALIDATION))
    for package, texts in zip(packages, (sources[:4], sources[4:6]), strict=True):
        write_wheel(folder, package, {f"module_{number}.py": text[:1200] for number, text in enumerate(texts)})
    fetch(folder, packages)
    shutil.copy(vocabulary_file, tokenizer_path(folder))
    return folder
