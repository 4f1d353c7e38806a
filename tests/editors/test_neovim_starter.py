"""Neovim with the starter checkpoint, whose answers nobody knows beforehand; read from its screen."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.editors.neovim import SERVE, Desk, Neovim
from tests.engines import engine_pid

pytestmark = [pytest.mark.editors, pytest.mark.timeout(900, func_only=True)]

FUNCTION = "def area(width, height):\n    return width * height + 1\n"
_MOST_TRIES = 5
# A small model may write on and on: hundreds of steps have been seen.
RAMBLING_SECONDS = 600


def order(editor: Neovim, command: str, is_done: Callable[[], bool]) -> None:
    """Give a command until something comes of it: a small model may now and then suggest nothing else."""
    for _ in range(_MOST_TRIES):
        editor.type(f":{command}<CR>")
        editor.until(lambda: is_done() or "suggests nothing else" in editor.message, seconds=RAMBLING_SECONDS)
        if is_done():
            return
        editor.type(":echo ''<CR>")
        editor.until(lambda: not editor.message)
    raise AssertionError("it suggests nothing, again and again")


def test_three_holes_are_filled_live_in_one_undo_step(desk: Desk) -> None:
    editor = desk.start(SERVE)
    heads = ["def area(width, height):", "    return ", "", 'name = "😀" + ', "x = ["]
    holes = [heads[0], "    return <|fill|>", "", 'name = "😀" + <|fill|>', "x = [<|fill|>]"]
    editor.open(desk.write("a.py", "\n".join(holes) + "\n"))
    editor.type(":Diffgemma holes<CR>")
    editor.until(lambda: "step" in editor.screen[-2])
    editor.until(lambda: "[diffgemma]" in editor.screen[-2], seconds=RAMBLING_SECONDS)
    if editor.text == holes:
        order(editor, "Diffgemma holes", lambda: editor.text != holes)
    assert "<|fill|>" not in "".join(editor.text)
    for head in heads:
        assert any(line.startswith(head.rstrip()) for line in editor.text)
    editor.type("u")
    editor.shows(*holes)


def test_a_suggestion_is_accepted_as_it_is_shown_and_can_be_typed_through(desk: Desk) -> None:
    editor = desk.start(SERVE)
    editor.open(desk.write("a.py", "def area(width, height):\n    return \n"))
    editor.type("jA<F1>")
    editor.until(lambda: "step" in editor.screen[-2])
    editor.until(lambda: "step" not in editor.screen[-2])
    suggested = editor.until(lambda: len(editor.text[1]) > len("    return ") and editor.text)
    editor.type_slowly(suggested[1][len("    return ")])
    editor.shows(*suggested)
    editor.type("<F2><Esc>")
    editor.shows(*suggested)
    editor.type("uu")
    editor.shows("def area(width, height):", "    return")


def test_a_rewrite_keeps_line_ends_and_is_one_undo_step(desk: Desk) -> None:
    editor = desk.start(SERVE)
    path = desk.write("a.py", FUNCTION.replace("\n", "\r\n"))
    editor.open(path)
    order(editor, "2Diffgemma rewrite", lambda: any(":Diffgemma accept" in line for line in editor.text))
    before = path.read_bytes()
    editor.type(":Diffgemma accept<CR>:write<CR>")
    editor.until(lambda: editor.message.endswith(" written"))
    after = path.read_bytes()
    assert after != before
    assert after.count(b"\n") == after.count(b"\r\n")
    assert after.startswith(b"def area(width, height):\r\n")
    editor.type("u")
    editor.shows(*FUNCTION.splitlines())


def test_a_fill_is_called_off_while_the_model_loads_and_what_is_secret_is_left_alone(desk: Desk) -> None:
    editor = desk.start(SERVE)
    holes = ["x = <|fill|>"]
    editor.open(desk.write("a.py", f"{holes[0]}\n"))
    editor.type(":Diffgemma holes<CR>")
    editor.until(lambda: "[diffgemma: " in editor.screen[-2])
    editor.type("<Esc>")
    editor.shows(*holes)
    editor.type(":Diffgemma cancel<CR>")
    editor.says("nothing runs in this buffer")
    editor.shows(*holes)
    editor.open(desk.write(".env", "TOKEN=<|fill|>\n"))
    editor.type(":Diffgemma holes<CR>")
    editor.until(lambda: "nothing is filled here" in editor.message)
    editor.shows("TOKEN=<|fill|>")


def test_two_editors_share_one_engine_and_get_another_when_it_is_killed(desk: Desk, engine_folder: Path) -> None:
    editors = [desk.start(SERVE) for _ in range(2)]
    pids = []
    for number, editor in enumerate(editors):
        editor.open(desk.write(f"{number}.py", "def area(width, height):\n    return <|fill|>\n"))
        order(editor, "Diffgemma holes", lambda editor=editor: "<|fill|>" not in editor.text[1])  # type: ignore[misc]
        pids.append(engine_pid(engine_folder))
    assert pids[0] == pids[1]
    os.kill(pids[0], signal.SIGKILL)
    editor.type("u")
    editor.says("<|fill|>")
    order(editor, "Diffgemma holes", lambda: "<|fill|>" not in editor.text[1])
    assert engine_pid(engine_folder) != pids[0]
    editor.type(":checkhealth diffgemma<CR>")
    editor.until(lambda: any("starter on cpu, " in line and line.endswith("ready") for line in editor.text))
