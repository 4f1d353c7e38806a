from __future__ import annotations

from pathlib import Path

import pytest

from diffgemma_lsp.cli.main import main
from diffgemma_lsp.training.sudoku.examples import write_puzzles
from diffgemma_lsp.training.sudoku.run import RunFolder
from tests.sudoku.puzzles import PUZZLE

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where a checkpoint may come, beside a run whose puzzles are made already: thousands take minutes."""
    run = tmp_path / ".mine.tuning"
    run.mkdir()
    write_puzzles(run / "puzzles-0-3000.jsonl", [PUZZLE])
    return tmp_path / "mine"


def test_a_run_leaves_a_checkpoint_that_can_be_measured(out: Path, capsys: Printed) -> None:
    assert main(["tune", "--task", "sudoku", "--out", str(out), "--steps", "1"]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("step      1    0%  48 puzzles  loss from noise ")
    assert first.endswith("  solved 0 of 25 held-out puzzles in 48.0 steps")
    assert last.startswith(f"{out} has learned from 48 puzzles: measure it by diffgemma eval {out} --task sudoku; ")
    (snapshot,) = RunFolder(out.with_name(".mine.tuning")).snapshots()
    assert snapshot.tally.steps == 1
    assert main(["eval", str(out), "--task", "sudoku", "--cases", "1"]) == 0
    assert "| all " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (["starter"], "--task sudoku begins from random weights: leave out SOURCE"),
        (["--data", "x"], "--data is about code: leave it out with --task sudoku"),
        (["--method", "lora"], "--method is about code: leave it out with --task sudoku"),
        (["--scheme", "int8"], "--scheme is about code: leave it out with --task sudoku"),
        (["--positions", "9"], "--positions is about code: leave it out with --task sudoku"),
    ],
)
def test_what_is_about_code_is_refused(line: list[str], message: str, out: Path, capsys: Printed) -> None:
    assert main(["tune", *line, "--task", "sudoku", "--out", str(out)]) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, capsys: Printed) -> None:
    out = tmp_path / "missing" / "mine"
    assert main(["tune", "--task", "sudoku", "--out", str(out)]) == 2
    assert f"{out} cannot be made (No such file or directory): name --out in a folder of yours" in (
        capsys.readouterr().err
    )


def test_a_folder_that_is_there_is_not_written_to(tmp_path: Path, capsys: Printed) -> None:
    assert main(["tune", "--task", "sudoku", "--out", str(tmp_path)]) == 2
    assert f"{tmp_path} is there already: remove it, or name another --out" in capsys.readouterr().err
