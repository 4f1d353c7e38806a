from __future__ import annotations

from pathlib import Path

import pytest

from diffgemma_lsp.corpus.modules import Module, load, save
from diffgemma_lsp.corpus.packages import Role
from diffgemma_lsp.errors import InputError


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    modules = [Module("a", "a/one.py", "x = 'é'\r\n"), Module("b", "b/two.py", "\ty\x0c\n")]
    save(tmp_path, Role.TRAIN, modules)
    assert load(tmp_path, Role.TRAIN) == modules


def test_a_missing_corpus_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"corpus-train.jsonl is missing: run the stage fetch first, or name another"):
        load(tmp_path, Role.TRAIN)
