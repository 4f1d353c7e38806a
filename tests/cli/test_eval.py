from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from diffgemma_lsp.cli.main import main
from diffgemma_lsp.training.cases import CASE_KINDS
from diffgemma_lsp.training.corpus import Module, corpus_path
from diffgemma_lsp.training.packages import Role
from tests.checkpoints import save_checkpoint

TEXT = "".join(f"def name_{index}(first):\n    total = first + {index}\n    return total\n\n\n" for index in range(20))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[str, str]:
    """A tiny checkpoint, and held-out code that is there already, so that nothing is fetched."""
    save_checkpoint(tmp_path / "tiny")
    line = json.dumps(asdict(Module("package", "a.py", TEXT)))
    corpus_path(tmp_path, Role.HELD_OUT).write_text(line + "\n", encoding="utf-8")
    return str(tmp_path / "tiny"), str(tmp_path)


def test_a_checkpoint_is_measured_beside_the_trivial_fills(
    folders: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    model, corpus = folders
    assert main(["eval", model, "--corpus", corpus, "--cases", "2", "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert list(scores) == ["tiny", "empty", "pass", "previous line"]
    assert all(set(row) == set(CASE_KINDS) for row in scores.values())
    assert scores["tiny"]["line"]["cases"] == 2
    assert scores["tiny"]["line"]["steps"] >= 1
    assert scores["empty"]["line"]["similarity"] == 0


def test_the_table_has_a_row_for_each_fill_and_kind_and_examples_on_demand(
    folders: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    model, corpus = folders
    assert main(["eval", model, "--corpus", corpus, "--cases", "2", "--show", "1"]) == 0
    table, *examples = capsys.readouterr().out.split("\n\n")
    assert len(table.splitlines()) == 2 + 4 * len(CASE_KINDS)
    assert len(examples) == len(CASE_KINDS)
    assert examples[0].startswith("line a.py\n  missing '")


def test_more_cases_than_there_are_is_one_sentence(
    folders: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    model, corpus = folders
    corpus_path(Path(corpus), Role.HELD_OUT).write_text("", encoding="utf-8")
    assert main(["eval", model, "--corpus", corpus, "--cases", "2"]) == 2
    assert "0 modules offer 0 cases of kind line, not 2" in capsys.readouterr().err
