"""The command as a user sees it: in a real terminal, with real signals."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import ADD, script
from tests.cli.terminals import COMMAND, environment, start, start_with_rows

ANSI = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
ERASE_LINE = b"\x1b[2K"
HIDE_CURSOR, SHOW_CURSOR = b"\x1b[?25l", b"\x1b[?25h"


def slow(folder: Path, steps: int = 1000) -> str:
    return script(folder, answers=["    return a + b"], steps=steps, delay_seconds=0.01)


def line(model: str, *more: str) -> list[str]:
    return ["infill", "add.py", "--lines", "2", "--engine", "fake", "--model", model, *more]


def test_a_diff_is_colored(add: Path) -> None:
    terminal = start(line(script(add.parent, answers=["    return a + b"])), add.parent)
    assert terminal.finish() == 0
    assert b"\x1b[31m-    return a" in terminal.shown
    assert b"\x1b[32m+    return a + b" in terminal.shown
    assert b"\x1b[36m@@ -1,2 +1,2 @@" in terminal.shown


@pytest.mark.parametrize("names", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_diff_is_plain_where_colors_are_not_wanted(add: Path, names: dict[str, str]) -> None:
    terminal = start(line(script(add.parent, answers=["    return a + b"])), add.parent, **names)
    assert terminal.finish() == 0
    assert b"\x1b" not in terminal.shown
    assert b"+    return a + b" in terminal.shown


def test_control_characters_of_a_file_do_not_reach_the_terminal(add: Path) -> None:
    add.write_text("def add(a, b):\n    return '\x1b[2J'\n")
    plain: dict[str, str] = {"NO_COLOR": "1"}
    for names in ({}, plain):
        terminal = start(line(script(add.parent, answers=["    pass"])), add.parent, **names)
        assert terminal.finish() == 0
        assert b"\x1b[2J" not in terminal.shown
        assert "␛[2J".encode() in terminal.shown


def test_what_the_encoding_of_a_terminal_lacks_is_escaped(add: Path) -> None:
    model = script(add.parent, answers=["    return 'é'"])
    terminal = start(line(model), add.parent, NO_COLOR="1", PYTHONIOENCODING="ascii")
    assert terminal.finish() == 0
    assert b"+    return '\\xe9'" in terminal.shown


def test_the_canvas_settles_live_and_is_cleared_away(add: Path) -> None:
    terminal = start(line(slow(add.parent, steps=8), "--watch"), add.parent)
    assert terminal.finish() == 0
    canvas, diff = terminal.shown.split(b"--- add.py")
    plain = ANSI.sub(b"", canvas)
    assert all(b"step %d/8" % step in plain for step in range(1, 9))
    assert b"def add(a, b):" in plain
    assert b"\x1b[2;31m" in canvas, "an unsure token is dim and red"
    assert b"\x1b[32m" in canvas, "a sure token is green"
    assert canvas.rpartition(b"step 8/8")[2].count(ERASE_LINE) >= 3
    assert canvas.count(HIDE_CURSOR) == canvas.count(SHOW_CURSOR) == 1
    assert b"+    return a + b" in ANSI.sub(b"", diff)


def test_a_canvas_that_is_higher_than_the_terminal_is_not_cut_off_at_its_end(add: Path) -> None:
    answer = "".join(f"    line{number} = {number}\n" for number in range(30))
    model = script(add.parent, answers=[answer], steps=8, delay_seconds=0.01)
    terminal = start_with_rows(8, line(model, "--watch"), add.parent)
    assert terminal.finish() == 0
    canvas = ANSI.sub(b"", terminal.shown.split(b"--- add.py")[0])
    # Nothing is noise in the last step, so that only a crop writes dots.
    settled = canvas.rpartition(b"step 8/8")[2]
    assert b"..." not in settled
    assert "…".encode() not in settled
    assert b"line29" in settled


def test_elsewhere_a_draft_is_a_line_on_standard_error(add: Path) -> None:
    arguments = [*COMMAND, *line(slow(add.parent, steps=4), "--watch", "--stdout")]
    ran = subprocess.run(arguments, cwd=add.parent, env=environment(), capture_output=True, text=True, check=True)
    drafts = ran.stderr.splitlines()
    assert [draft.split("  ")[0] for draft in drafts] == [f"step {step}/4" for step in (1, 2, 3, 4)]
    assert drafts[-1] == "step 4/4  0.99  return a + b"
    assert ran.stdout == "def add(a, b):\n    return a + b\n"


def test_a_fill_that_takes_a_while_says_so_in_one_line_and_erases_it(add: Path) -> None:
    terminal = start(line(slow(add.parent, steps=100)), add.parent)
    terminal.wait_for(rb"denoising step \d+/100")
    assert terminal.finish() == 0
    status, diff = terminal.shown.rsplit(b"\r\x1b[2K", 1)
    assert b"\n" not in status
    assert b"denoising" not in diff


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("more", [("--watch",), ()])
def test_an_interrupt_leaves_the_terminal_and_the_file_as_they_were(
    add: Path, number: signal.Signals, more: tuple[str, ...]
) -> None:
    terminal = start(line(slow(add.parent), "--write", *more), add.parent)
    terminal.wait_for(rb"step 3\d*/1000" if more else rb"denoising step")
    terminal.interrupt(number)
    assert terminal.finish() == 130
    assert b"Traceback" not in terminal.shown
    assert terminal.shown.count(HIDE_CURSOR) == terminal.shown.count(SHOW_CURSOR)
    assert add.read_text() == ADD
    assert sorted(path.name for path in add.parent.iterdir()) == ["add.py", "fake.toml"]


@pytest.mark.parametrize("step", [1, 2, 5, 7, 8])
def test_an_interrupt_after_any_step_leaves_the_old_file_or_the_new_one(add: Path, step: int) -> None:
    arguments = [*COMMAND, *line(slow(add.parent, steps=8), "--watch", "--write")]
    with subprocess.Popen(arguments, cwd=add.parent, env=environment(), stderr=subprocess.PIPE) as process:
        assert process.stderr
        for printed in process.stderr:
            if printed.startswith(b"step %d/" % step):
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read()
    assert process.returncode in (0, 130)
    assert process.returncode == 130 or step == 8
    assert add.read_text() == (ADD if process.returncode else "def add(a, b):\n    return a + b\n")
    assert b"Traceback" not in rest
    assert sorted(path.name for path in add.parent.iterdir()) == ["add.py", "fake.toml"]


@pytest.mark.parametrize("more", [("--watch",), ("--instruction", "add them"), ()])
def test_a_reader_of_standard_error_that_has_enough_does_not_end_the_command(add: Path, more: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    arguments = [*COMMAND, *line(slow(add.parent, steps=60), "--stdout", *more)]
    ran = subprocess.run(
        arguments, cwd=add.parent, env=environment(), stdout=subprocess.PIPE, stderr=writer, check=True
    )
    os.close(writer)
    assert ran.stdout == b"def add(a, b):\n    return a + b\n"
