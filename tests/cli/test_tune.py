from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from diffgemma_lsp.cli.main import main
from tests.checkpoints import save_checkpoint
from tests.training.tuning.conftest import write_code

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """A command that tunes a tiny checkpoint for some steps."""
    save_checkpoint(tmp_path / "tiny")
    code = write_code(tmp_path / "code")
    return ["tune", str(tmp_path / "tiny"), "--data", str(code), "--out", str(tmp_path / "mine"), "--positions", "600"]


def test_a_tuned_checkpoint_fills_by_its_folder(command: list[str], tmp_path: Path, capsys: Printed) -> None:
    assert main([*command, "--steps", "6"]) == 0
    first, *checks, last = capsys.readouterr().out.splitlines()
    assert first.startswith("learning from 5 files with ")
    assert first.endswith(", by all weights of tiny")
    assert "held out " in checks[0]
    assert "  right 0 of 16 in " in checks[0]
    assert last.endswith(f"less than that of tiny: use it by --model {tmp_path / 'mine'}")
    file = tmp_path / "code" / "module_1.py"
    assert main(["infill", str(file), "--lines", "2", "--model", str(tmp_path / "mine"), "--stdout"]) == 0
    capsys.readouterr()
    assert main(["model", "info", str(tmp_path / "mine")]) == 0
    assert "tuned from tiny (" in capsys.readouterr().out
    assert main(["model", "list", str(tmp_path)]) == 0
    assert str(tmp_path / "mine") in capsys.readouterr().out


def test_ctrl_c_leaves_a_state_from_which_the_same_command_goes_on(command: list[str], tmp_path: Path) -> None:
    line = [sys.executable, "-m", "diffgemma_lsp", *command, "--steps", "3000"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        while "step " not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=250)
    assert process.returncode == 130
    assert "the same command goes on from there" in err
    assert not (tmp_path / "mine").exists()
    ran = subprocess.run([*line[:-1], "6"], capture_output=True, text=True, check=True)
    assert re.search(r"going on after \d+\.\d minutes; so far:\nstep      0 ", ran.stdout)
    assert (tmp_path / "mine" / "tuning.json").exists()


def test_code_is_learned_by_a_checkpoint_that_is_named(command: list[str], capsys: Printed) -> None:
    assert main([command[0], *command[2:]]) == 2
    assert "there is no SOURCE to tune: name a checkpoint, such as starter" in capsys.readouterr().err


def test_what_is_missing_to_tune_is_named(command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Printed) -> None:
    monkeypatch.setattr("diffgemma_lsp.cli.tune._LIBRARIES", ("peft", "no_such_library"))
    assert main(command) == 2
    assert "tuning needs no_such_library: run pip install 'diffgemma-lsp[train]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--time", "0"], "argument --time: must be a number from 0.01 to 43200, not '0'"),
        (["--time", "soon"], "argument --time: must be a number from 0.01 to 43200, not 'soon'"),
        (["--steps", "0"], "argument --steps: must be a whole number from 1 to 1000000000, not '0'"),
        (["--steps", "5", "--time", "1"], "argument --time: not allowed with argument --steps"),
        (["--rank", "0"], "argument --rank: must be a whole number from 1 to 1024, not '0'"),
        (["--scheme", "nf4"], "weights in nf4 cannot learn themselves: leave out --scheme, or add --method lora"),
    ],
)
def test_a_wrong_option_is_refused(command: list[str], arguments: list[str], says: str, capsys: Printed) -> None:
    assert main([*command, *arguments]) == 2
    assert says in capsys.readouterr().err


def test_a_task_that_teaches_nothing_good_writes_nothing(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    monkeypatch.setattr("diffgemma_lsp.cli.tasks.TASKS", {"code": "tests.training.tuning.opposite"})
    assert main([*command, "--steps", "60"]) == 1
    says = "itself, so nothing is written: give it more to learn from"
    assert says in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["code", "tiny"]
