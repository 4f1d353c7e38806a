"""The `diffgemma` command around its commands."""

from __future__ import annotations

import argparse
import io
import os
import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from diffgemma_lsp import __version__
from diffgemma_lsp.cli import infill
from diffgemma_lsp.cli.exits import Exit
from diffgemma_lsp.cli.fillers import FILLERS, FillerKind
from diffgemma_lsp.cli.main import COMMANDS, find_command
from diffgemma_lsp.errors import OutOfMemoryError
from diffgemma_lsp.fill import Draft, Event, Filler, FillTask
from tests.cli.conftest import ADD, Run
from tests.cli.terminals import COMMAND, environment


def test_alone_it_shows_its_help(run: Run) -> None:
    ran = run()
    assert ran.code == 0
    assert ran.out.startswith(b"usage: diffgemma ")
    assert b"infill" in ran.out


def test_the_version_is_the_package_s() -> None:
    ran = subprocess.run([*COMMAND, "--version"], env=environment(), capture_output=True, text=True, check=True)
    assert ran.stdout == f"diffgemma {__version__}\n"


def test_the_help_of_a_command_is_its_docstring() -> None:
    ran = subprocess.run([*COMMAND, "infill", "--help"], env=environment(), capture_output=True, text=True, check=True)
    summary, _, details = (infill.__doc__ or "").partition("\n\n")
    assert summary in ran.stdout
    assert ran.stdout.endswith(details)


def test_each_exit_code_is_documented() -> None:
    assert infill.__doc__
    table = infill.__doc__.partition("exit codes:\n")[2].partition("\n\n")[0]
    assert [int(code) for code in re.findall(r"^  (\d+)", table, re.MULTILINE)] == [int(code) for code in Exit]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_is_no_wider_than_a_terminal(name: str) -> None:
    assert max(map(len, (find_command(name).__doc__ or "").splitlines())) <= 80


def test_an_unknown_command_is_bad_input(run: Run) -> None:
    ran = run("frobnicate")
    assert ran.code == 2
    assert ran.err.startswith("diffgemma: argument COMMAND: invalid choice: 'frobnicate'")
    assert ran.err.count("\n") == 1


class Failing:
    """A filler that fails after its first event, if it is asked for a second one."""

    name = "failing"
    follows_instructions = False

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.events: Generator[Event, None, None] | None = None
        self.is_closed = False

    def fill(self, task: FillTask) -> Generator[Event, None, None]:
        # Kept, so that it is closed by whoever closes it and not by having no owner any more.
        self.events = self._fill()
        return self.events

    def _fill(self) -> Generator[Event, None, None]:
        try:
            yield Draft(0, 2, ((),))
            raise self.error
        finally:
            self.is_closed = True


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> Failing:
    filler = Failing(error)
    monkeypatch.setitem(FILLERS, "failing", FillerKind(lambda model: None, lambda model, report: filler))
    return filler


LINE = ("infill", "add.py", "--lines", "2", "--write", "--engine", "failing")


def test_an_error_of_the_model_is_one_sentence(run: Run, add: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, OutOfMemoryError("the device is full; ask for less"))
    ran = run(*LINE)
    assert (ran.code, ran.err) == (2, "diffgemma: the device is full; ask for less\n")
    assert add.read_text() == ADD


def test_a_bug_is_one_sentence_that_says_how_to_report_it(run: Run, add: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, ZeroDivisionError("division by zero"))
    ran = run(*LINE)
    assert ran.code == 3
    assert ran.err == (
        "diffgemma: this is a bug: ZeroDivisionError: division by zero; run it with --debug and report the traceback\n"
    )


def test_a_bug_shows_its_traceback_when_it_is_asked_for(run: Run, add: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, ZeroDivisionError("division by zero"))
    ran = run(*LINE, "--debug")
    assert ran.code == 3
    assert ran.err.startswith("Traceback (most recent call last):")
    assert "in _fill" in ran.err


def test_an_interrupt_during_a_step_leaves_the_file(run: Run, add: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, KeyboardInterrupt())
    ran = run(*LINE)
    assert (ran.code, ran.out, ran.err) == (130, b"", "")
    assert add.read_text() == ADD


def test_an_interrupt_between_steps_closes_the_fill(run: Run, add: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupting(io.StringIO):
        def write(self, text: str) -> int:
            raise KeyboardInterrupt

    filler = failing(monkeypatch, AssertionError("the next step was asked for"))
    monkeypatch.setattr(sys, "stderr", Interrupting())
    assert run(*LINE, "--watch").code == 130
    assert filler.events
    assert filler.is_closed


def test_a_target_that_cannot_be_written_is_noticed_before_the_model_is_loaded(
    run: Run, add: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filler = failing(monkeypatch, AssertionError("the fill was asked for"))
    add.chmod(0o444)
    assert run(*LINE).code == 2
    assert filler.events is None


def test_a_file_that_changes_during_the_fill_is_not_written(
    run: Run, add: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_changing(model: str | None, report: object) -> Filler:
        add.write_text("edited meanwhile")
        return FILLERS["fake"].open(model, lambda progress: None)

    monkeypatch.setitem(FILLERS, "failing", FillerKind(lambda model: None, open_changing))
    ran = run(*LINE)
    message = "diffgemma: add.py changed while it was being filled, so it was not written; run it again\n"
    assert (ran.code, ran.err) == (2, message)
    assert add.read_text() == "edited meanwhile"


def test_every_command_is_a_module_with_a_summary() -> None:
    for name in COMMANDS:
        command = find_command(name)
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        assert (command.__doc__ or "").partition("\n\n")[0].endswith("."), name


@pytest.mark.parametrize("lines", [1, 100_000])
def test_a_reader_that_has_enough_ends_the_command_quietly(tmp_path: Path, lines: int) -> None:
    path = tmp_path / "file.py"
    path.write_text("x = 1\n" * lines)
    reader, writer = os.pipe()
    os.close(reader)
    arguments = [*COMMAND, "infill", str(path), "--at", "1:1", "--stdout", "--engine", "fake"]
    ran = subprocess.run(arguments, env=environment(), stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_a_path_that_is_no_unicode_is_printed_all_the_same(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.py"
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write("x = 1\n")
    line = [*map(os.fsencode, COMMAND), b"infill", path, b"--lines", b"1", b"--engine", b"fake"]
    assert path in subprocess.run(line, env=environment(), capture_output=True, check=True).stdout
    assert (
        b"\\udcff.py" in subprocess.run([*line, b"--json"], env=environment(), capture_output=True, check=True).stdout
    )
    gone = subprocess.run([*line[:4], path + b"x", *line[5:]], env=environment(), capture_output=True, check=False)
    assert gone.returncode == 2
    assert gone.stderr.startswith(b"diffgemma: there is no file")
