from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from diffgemma_lsp.corpus.modules import Module, save
from diffgemma_lsp.corpus.packages import Role
from diffgemma_lsp.errors import InputError
from diffgemma_lsp.training.away import PLACE, away
from diffgemma_lsp.training.pack import pack

# What a machine does with its calls: two that give back what they were told, of which the first is not the last.
CALLS = r"""#!/bin/sh
test -e diffgemma_lsp/training/call.py && test -e corpus.tar.xz || exit 9
test "$2 $3 $4" = "diffgemma_lsp.training call --state" || exit 8
test ! -e state || last=yes
mkdir -p state out checkpoint || exit 7
echo "$*" >> checkpoint/told
tar -cf - checkpoint | split -b 3000 -d - out/checkpoint.tar.
test -n "$last" || exit 75
"""


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which a shell of the other machine begins, with a `python3` that does as `CALLS` says."""
    folder = tmp_path / "there"
    folder.mkdir()
    python = tmp_path / "bin" / "python3"
    python.parent.mkdir()
    python.write_text(CALLS, encoding="utf-8")
    python.chmod(0o755)
    monkeypatch.setenv("PATH", str(python.parent), prepend=":")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def packed(state: Path, tmp_path: Path) -> Path:
    save(state, Role.HELD_OUT, [Module("secret", "a.py", "a = 1\n")])
    file = tmp_path / "packed.tar.xz"
    pack(state, file, 10_000)
    return file


def test_code_goes_there_calls_follow_each_other_and_weights_come_back(
    there: Path, packed: Path, tmp_path: Path
) -> None:
    away("sh -c", packed, ["--minutes=9", "--of=25"], tmp_path / "here")
    told = (tmp_path / "here" / "told").read_text(encoding="utf-8").splitlines()
    call = "-m diffgemma_lsp.training call --state state --corpus corpus.tar.xz --out out --minutes=9 --of=25"
    assert told == [call, call]
    assert list(there.iterdir()) == []


def test_a_run_that_broke_off_goes_on_where_it_stopped(there: Path, packed: Path, tmp_path: Path) -> None:
    (there / PLACE / "state").mkdir(parents=True)
    away("sh -c", packed, [], tmp_path / "here")
    assert len((tmp_path / "here" / "told").read_text(encoding="utf-8").splitlines()) == 1


def test_a_call_that_fails_says_so_and_leaves_what_is_there(there: Path, packed: Path, tmp_path: Path) -> None:
    (there / PLACE).mkdir()
    (there / PLACE / "out").write_text("a file in its way", encoding="utf-8")
    with pytest.raises(InputError, match=r'"cd \S+ && python3 .+" failed over there with exit code 7: see its'):
        away("sh -c", packed, [], tmp_path / "here")
    assert (there / PLACE / "corpus.tar.xz").exists()


def test_a_command_that_is_not_here_says_so(packed: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no-such-shell gpu cannot be run .*: say --over by a command"):
        away("no-such-shell gpu", packed, [], tmp_path / "here")


def test_the_code_that_goes_there_runs_by_itself_and_has_no_weights(there: Path, packed: Path, tmp_path: Path) -> None:
    (there / PLACE).mkdir()
    (there / PLACE / "out").write_text("so that the call fails, and all stays", encoding="utf-8")
    with pytest.raises(InputError):
        away("sh -c", packed, [], tmp_path / "here")
    line = [sys.executable, "-m", "diffgemma_lsp.training", "export", "--state", "none"]
    ran = subprocess.run(line, cwd=there / PLACE, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr.partition(":")[0]) == (2, "none holds no checkpoint yet")
    assert not list((there / PLACE).rglob("*.safetensors"))
