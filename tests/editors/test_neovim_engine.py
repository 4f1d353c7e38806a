"""Neovim with resident engines: shared, killed, and the starter's own; read from its screen."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from diffgemma_lsp.engine.client.address import read_address
from tests.editors.neovim import SERVE, Desk, Neovim, desk, engine_folder
from tests.lsp.resident import PROGRAM

__all__ = ["desk", "engine_folder"]

pytestmark = [pytest.mark.editors, pytest.mark.timeout(180)]

FUNCTION = "def f():\n    \n\n\ndef g():\n    pass\n"


def start(desk: Desk, steps: int, delay_seconds: float) -> Neovim:
    """Start an editor whose server asks a resident engine that answers from a script."""
    script = desk.write_script(["return 1"], steps, delay_seconds)
    return desk.start([sys.executable, "-c", PROGRAM, str(script)])


def engine_pid(engine_folder: Path) -> int:
    """Return the process of the only engine there is."""
    (file,) = engine_folder.glob("*.json")
    address = read_address(file)
    assert address is not None
    return address.pid


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
    editor.until(lambda: "step 3/" in editor.screen[-2])
    before = engine_pid(engine_folder)
    os.kill(before, signal.SIGKILL)
    editor.says("the engine ended in the middle of a fill")
    editor.shows(*(line.rstrip() for line in FUNCTION.splitlines()))
    editor.type(":Diffgemma fill<CR>")
    editor.shows("def f():", "    return 1", "", "", "def g():", "    pass")
    assert engine_pid(engine_folder) != before


def test_the_starter_fills_live_and_in_one_undo_step(desk: Desk) -> None:
    editor = desk.start(SERVE)
    text = "def area(width, height):\n    return <|fill|>\n"
    editor.open(desk.write("a.py", text))
    editor.type(":Diffgemma holes<CR>")
    editor.until(lambda: "step" in editor.screen[-2])
    editor.until(lambda: "[diffgemma]" in editor.screen[-2])
    assert editor.text[0] == text.splitlines()[0]
    assert editor.text[1].startswith("    return ")
    assert "<|fill|>" not in editor.text[1]
    editor.type("u")
    editor.shows(*text.splitlines())


def test_the_starter_suggests_what_is_accepted_as_it_is_shown(desk: Desk) -> None:
    editor = desk.start(SERVE)
    editor.open(desk.write("a.py", "def area(width, height):\n    return \n"))
    editor.type("jA<F1>")
    editor.until(lambda: "step" in editor.screen[-2])
    editor.says("[diffgemma]")
    suggested = editor.until(lambda: len(editor.text[1]) > len("    return ") and editor.text)
    editor.type("<F2><Esc>")
    editor.shows(*suggested)
    editor.type("u")
    editor.shows("def area(width, height):", "    return")
