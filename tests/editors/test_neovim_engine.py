"""Neovim with resident engines: shared, killed, restarted; read from its screen."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.editors.neovim import Desk, Neovim
from tests.engines import engine_pid
from tests.lsp.resident import PROGRAM

pytestmark = [pytest.mark.editors, pytest.mark.timeout(400, func_only=True)]

FUNCTION = "def f():\n    \n\n\ndef g():\n    pass\n"


def start(desk: Desk, steps: int, delay_seconds: float) -> Neovim:
    """Start an editor whose server asks a resident engine that answers from a script."""
    script = desk.write_script(["return 1"], steps, delay_seconds)
    return desk.start([sys.executable, "-c", PROGRAM, str(script)])


def test_nothing_runs_before_it_is_needed_and_two_editors_share_one_engine(desk: Desk, engine_folder: Path) -> None:
    first, second = (start(desk, steps=4, delay_seconds=0.02) for _ in range(2))
    for name, editor in (("a.py", first), ("b.py", second)):
        editor.open(desk.write(name, FUNCTION))
    assert list(engine_folder.glob("*.json")) == []
    pids = set()
    for editor in (first, second):
        editor.type("jA<F1>")
        editor.says("    return 1")
        editor.says("[diffgemma]")
        editor.type("<F2><Esc>")
        editor.shows("def f():", "    return 1", "", "", "def g():", "    pass")
        pids.add(engine_pid(engine_folder))
    assert len(pids) == 1


def test_an_engine_that_dies_in_a_fill_is_told_and_started_again_by_the_next(desk: Desk, engine_folder: Path) -> None:
    editor = start(desk, steps=60, delay_seconds=0.05)
    editor.open(desk.write("a.py", FUNCTION))
    editor.type("j$:Diffgemma fill<CR>")
    editor.until(lambda: "step" in editor.screen[-2])
    before = engine_pid(engine_folder)
    os.kill(before, signal.SIGKILL)
    editor.says("the engine ended in the middle of a fill")
    editor.shows(*(line.rstrip() for line in FUNCTION.splitlines()))
    editor.type(":Diffgemma fill<CR>")
    editor.shows("def f():", "    return 1", "", "", "def g():", "    pass")
    assert engine_pid(engine_folder) != before


def test_an_engine_is_replaced_by_a_fresh_one_and_its_log_is_shown(desk: Desk, engine_folder: Path) -> None:
    editor = start(desk, steps=4, delay_seconds=0.02)
    editor.open(desk.write("a.py", FUNCTION))
    editor.type("j$:Diffgemma fill<CR>")
    editor.shows("def f():", "    return 1", "", "", "def g():", "    pass")
    before = engine_pid(engine_folder)
    editor.type(":Diffgemma restart<CR>")
    editor.says("diffgemma: the engine is restarted")
    assert engine_pid(engine_folder) != before
    editor.type(":Diffgemma log<CR>")
    editor.until(lambda: "engine-" in editor.screen[0])
    editor.says("Started server process")
