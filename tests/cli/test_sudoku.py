from __future__ import annotations

import json

import pytest

from diffgemma_lsp.cli.main import main
from diffgemma_lsp.training.sudoku.checkpoint import export
from diffgemma_lsp.training.sudoku.examples import CLASSES
from diffgemma_lsp.training.sudoku.run import Tally
from diffgemma_lsp.training.sudoku.shape import begin

WAYS = ["adaptive stop", "all 48 steps", "left to right"]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Random weights, which solve nothing."""
    folder = tmp_path_factory.mktemp("sudoku")
    export(dict(begin(0).model.decoder.named_parameters()), Tally(), folder)
    return str(folder)


def test_each_class_is_measured_in_each_way(checkpoint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", checkpoint, "--task", "sudoku", "--cases", "1", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    names = [*(f"{least} to {most}" for least, most in CLASSES), "all"]
    assert [(row["clues"], row["way"]) for row in report["scores"]] == [(name, way) for name in names for way in WAYS]
    assert report["scores"][-3]["cases"] == len(CLASSES)
    assert all(row["solved"] == 0 and 0 <= row["cells"] < 0.5 for row in report["scores"])
    assert report["scores"][-2]["steps"] == 48


def test_the_table_has_a_row_for_each(checkpoint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", checkpoint, "--task", "sudoku", "--cases", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + (len(CLASSES) + 1) * len(WAYS)
    assert lines[0].startswith("| clues ")
    assert "0.0% (0.0%-" in lines[-1]


def test_a_puzzle_of_each_class_can_be_watched(checkpoint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", checkpoint, "--task", "sudoku", "--watch"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("a puzzle of ") == len(CLASSES)
    assert shown.count("not solved") == len(CLASSES)
    assert shown.count("step 1 ") == len(CLASSES)
    assert "step 48 " in shown


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            ["--task", "sudoku"],
            "no bundled checkpoint has learned Sudoku: name one made by diffgemma tune --task sudoku",
        ),
        (["x", "--task", "sudoku", "--corpus", "."], "--corpus is about code: leave it out with --task sudoku"),
        (["x", "--task", "sudoku", "--show", "2"], "--show is about code: leave it out with --task sudoku"),
        (["x", "--task", "sudoku", "--scheme", "int8"], "--scheme is about code: leave it out with --task sudoku"),
        (["starter", "--watch"], "--watch shows a Sudoku: add --task sudoku"),
    ],
)
def test_what_does_not_go_together_is_refused(
    line: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", *line]) == 2
    assert message in capsys.readouterr().err


def test_a_checkpoint_of_code_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "starter", "--task", "sudoku"]) == 2
    assert "starter has not learned Sudoku" in capsys.readouterr().err
