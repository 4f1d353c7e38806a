"""Bad input is exit code 2 and one sentence that says what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ADD, Run, script
from tests.cli.terminals import environment


def assert_refused(run: Run, arguments: list[str], message: str) -> None:
    ran = run("infill", *arguments)
    assert ran.err == f"diffgemma: {message}\n"
    assert ran.code == 2
    assert ran.out == b""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            [],
            "add.py has no <|fill|> and no place is named; mark one, or use --at, --lines or --span",
        ),
        (["--at", "9:1"], "--at 9:1: line 9 is outside the file; name a line from 1 to 3"),
        (["--at", "2:99"], "--at 2:99: column 99 is outside line 2; name a column from 1 to 13"),
        (["--at", "0:1"], "--at 0:1: line 0 is outside the file; name a line from 1 to 3"),
        (["--at", "ten"], "--at takes LINE:COL, such as 10:5, counted from 1, not 'ten'"),
        (["--at", "2"], "--at takes LINE:COL, such as 10:5, counted from 1, not '2'"),
        (["--lines", "2-9"], "--lines 2-9: line 9 is outside the file; name a line from 1 to 3"),
        (["--lines", "2-1"], "--lines 2-1: it runs backwards; name its start first"),
        (["--lines", "a"], "--lines takes one line or a range, such as 10-14, counted from 1, not 'a'"),
        (["--span", "2:1-1:1"], "--span 2:1-1:1: it runs backwards; name its start first"),
        (
            ["--span", "2:1"],
            "--span takes LINE:COL-LINE:COL, such as 10:5-12:1, counted from 1, not '2:1'",
        ),
        (["--span", "1:1-2:50"], "--span 1:1-2:50: column 50 is outside line 2; name a column from 1 to 13"),
        (
            ["--lines", "1-2", "--at", "2:3"],
            "two holes overlap at 2:3; name places that do not share text, or one span that covers both",
        ),
        (
            ["--at", "2:1", "--steps", "0"],
            "argument --steps: must be a whole number from 1 to 2147483647, not '0'; see diffgemma infill --help",
        ),
        (
            ["--at", "2:1", "--candidates", "-1"],
            "argument --candidates: must be a whole number from 1 to 100, not '-1'; see diffgemma infill --help",
        ),
        (
            ["--at", "2:1", "--candidates", "101"],
            "argument --candidates: must be a whole number from 1 to 100, not '101'; see diffgemma infill --help",
        ),
        (
            ["--at", "2:1", "--max-tokens", "many"],
            "argument --max-tokens: must be a whole number from 1 to 2147483647, not 'many';"
            " see diffgemma infill --help",
        ),
        (
            ["--at", "2:1", "--budget-ms", "0"],
            "argument --budget-ms: must be a whole number from 1 to 2147483647, not '0'; see diffgemma infill --help",
        ),
        (
            ["--at", "2:1", "--steps", "2147483648"],
            "argument --steps: must be a whole number from 1 to 2147483647, not '2147483648';"
            " see diffgemma infill --help",
        ),
        (
            ["--at", "2:1", "--budget-ms", "9" * 5000],
            "argument --budget-ms: must be a whole number from 1 to 2147483647,"
            f" not '{'9' * 5000}'; see diffgemma infill --help",
        ),
        *(
            (
                ["--at", "2:1", f"--seed={seed}"],
                "argument --seed: must be a whole number from 0 to 9223372036854775807,"
                f" not '{seed}'; see diffgemma infill --help",
            )
            for seed in ("x", "-1", "9223372036854775808")
        ),
        (["--frobnicate"], "unrecognized arguments: --frobnicate; see diffgemma infill --help"),
        (["--at", "2:1", "--stdout", "--write"], "--stdout and --write do not go together; use one of them"),
        (["--at", "2:1", "--stdout", "--json"], "--stdout and --json do not go together; use one of them"),
    ],
)
def test_an_option_that_cannot_be_used(run: Run, add: Path, options: list[str], message: str) -> None:
    assert_refused(run, ["add.py", *options], message)
    assert add.read_text() == ADD


def test_no_file(run: Run) -> None:
    assert_refused(run, ["gone.py", "--at", "1:1"], "there is no file gone.py; check the path")


def test_a_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    assert_refused(run, ["src", "--at", "1:1"], "src is a folder; name a file in it")


def test_a_path_through_a_file(run: Run, add: Path) -> None:
    message = "add.py/x cannot be read (Not a directory); name a file that you may read"
    assert_refused(run, ["add.py/x", "--at", "1:1"], message)


def test_a_binary_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.out").write_bytes(b"\x7fELF\0\0\0")
    assert_refused(run, ["a.out", "--at", "1:1"], "a.out is a binary file (it holds NUL bytes); name a text file")


def test_a_file_in_another_encoding(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"x = '\xe9'\n")
    message = "a.py is not utf-8 text (byte 5); save it as UTF-8, or name its encoding in a coding line"
    assert_refused(run, ["a.py", "--at", "1:1"], message)
    (tmp_path / "a.c").write_bytes(b"x = '\xe9'\n")
    assert_refused(run, ["a.c", "--at", "1:1"], "a.c is not utf-8 text (byte 5); save it as UTF-8")


def test_undecodable_standard_input(run: Run) -> None:
    ran = run("infill", "-", "--at", "1:1", stdin=b"\xff\xff")
    assert ran.code == 2
    assert ran.err.startswith("diffgemma: standard input is not utf-8 text (byte 0); save it as UTF-8")


def test_a_fill_that_the_encoding_of_the_file_lacks(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"# coding: latin-1\nx = ''\n")
    options = ["--at", "2:6", "--engine", "fake", "--model", script(tmp_path, answers=["→"])]
    message = "the file is written in iso8859-1, which has no character '→'; save the file as UTF-8 and try again"
    for output in ([], ["--write"], ["--stdout"]):
        assert_refused(run, ["a.py", *options, *output], message)
    assert path.read_bytes() == b"# coding: latin-1\nx = ''\n"


def test_writing_standard_input(run: Run) -> None:
    assert_refused(run, ["-", "--write"], "standard input cannot be written in place; use --stdout")


def test_a_read_only_file(run: Run, add: Path) -> None:
    add.chmod(0o444)
    message = "add.py is read-only; make it writable, or use --stdout"
    assert_refused(run, ["add.py", "--at", "1:1", "--write", "--engine", "fake"], message)


def test_a_fake_script_that_is_not_there(run: Run, add: Path) -> None:
    message = "there is no fake script at gone.toml; name a TOML file, or leave out --model"
    assert_refused(run, ["add.py", "--at", "1:1", "--engine", "fake", "--model", "gone.toml"], message)


def test_an_unknown_engine(run: Run, add: Path) -> None:
    ran = run("infill", "add.py", "--at", "1:1", "--engine", "steam")
    assert ran.code == 2
    assert ran.err.startswith("diffgemma: argument --engine: invalid choice: 'steam'")


def test_an_unknown_model(run: Run, add: Path) -> None:
    ran = run("infill", "add.py", "--at", "1:1", "--model", str(add.parent / "gone"))
    assert ran.code == 2
    assert ran.err.startswith(f"diffgemma: {add.parent / 'gone'} is no folder")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("startr", 'startr is no folder: name one, a hub id such as "owner/name", or "starter"'),
        ("empty", "empty holds no config.json: name the folder of a DiffusionGemma checkpoint"),
    ],
)
@pytest.mark.parametrize("line", [["infill", "add.py", "--at", "1:1"], ["engine", "start"]])
def test_a_wrong_model_is_refused_before_anything_heavy_is_imported(
    add: Path, line: list[str], name: str, message: str
) -> None:
    (add.parent / "empty").mkdir()
    ran = run_and_name_libraries(add.parent, *line, "--model", name)
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "\n", f"diffgemma: {message}\n")


def test_a_download_that_is_impossible_is_told_before_torch_is_imported(
    add: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    ran = run_and_name_libraries(add.parent, "infill", "add.py", "--at", "1:1", "--model", "nobody/has-this-model")
    assert (ran.returncode, ran.stdout) == (2, "huggingface_hub\n")
    assert "nobody/has-this-model is neither a folder nor reachable as a hub id" in ran.stderr


def run_and_name_libraries(folder: Path, *line: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, which prints in the end what it imported of the heavy libraries."""
    code = (
        "import sys; from diffgemma_lsp.cli.main import main; code = main(sys.argv[1:]);"
        "print(*{'torch', 'transformers', 'huggingface_hub'} & set(sys.modules)); sys.exit(code)"
    )
    command = [sys.executable, "-c", code, *line]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
