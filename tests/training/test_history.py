from __future__ import annotations

from pathlib import Path

import pytest

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.training.history import FILE, Run, read_runs, write_runs


def test_runs_are_read_as_they_were_written(tmp_path: Path) -> None:
    runs = (Run(60, 10, 1000, 500), Run(30, 5, 700, 300))
    write_runs(tmp_path, runs)
    assert read_runs(tmp_path) == runs


def test_a_folder_without_a_record_has_no_runs(tmp_path: Path) -> None:
    assert read_runs(tmp_path) == ()


@pytest.mark.parametrize("text", ["", "[{}]", '[{"seconds": 1, "colour": 2}]', "3"])
def test_what_is_no_record_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=f"{FILE} is no record of training runs .*: restore it, or remove it"):
        read_runs(tmp_path)
