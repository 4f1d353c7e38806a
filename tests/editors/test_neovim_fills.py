"""Fills and rewrites that somebody asked for in Neovim, read from its screen."""

from __future__ import annotations

import pytest

from tests.editors.neovim import Desk

pytestmark = [pytest.mark.editors, pytest.mark.timeout(400, func_only=True)]

HOLES = "a = <|fill|>\nb = [<|fill|>]\nc = (<|fill|>, 1)\n"
FUNCTION = "def f():\n    x = 1\n    return x\n"


def test_three_holes_settle_together_and_are_one_undo_step(desk: Desk) -> None:
    editor = desk.start_fake(["one(1, 2, 3, 4)", "two", "three"], steps=6, delay_seconds=0.5)
    editor.open(desk.write("a.py", HOLES))
    editor.type(":Diffgemma holes<CR>")
    editor.until(lambda: "step 4/6" in editor.screen[-2])
    lines = editor.text
    assert lines[0].startswith("a = one(1")
    assert lines[1].startswith("b = [two")
    assert lines[2].startswith("c = (three")
    assert not any("<|fill|>" in line for line in lines)
    editor.shows("a = one(1, 2, 3, 4)", "b = [two]", "c = (three, 1)")
    editor.type("u")
    editor.shows(*HOLES.splitlines())


def test_a_draft_is_shaded_by_how_sure_the_model_is(desk: Desk) -> None:
    editor = desk.start_fake([f"alpha({', '.join('abcdefghij')})"], steps=20, delay_seconds=0.2)
    editor.open(desk.write("a.py", "x = <|fill|>\n"))
    editor.type(":Diffgemma holes<CR>")
    editor.until(lambda: editor.text[0].startswith("x = alpha"))
    shades = editor.shades(0)
    settled, noise = shades[len("x = ")], shades[-1]
    assert noise != settled
    # The noise grows surer, too; what comes after the draft has a shade of its own.
    editor.until(lambda: editor.shades(0)[-1] not in (settled, noise))
    assert "step" in editor.screen[-2]


def test_escape_calls_a_fill_off_and_is_itself_again_after_it(desk: Desk) -> None:
    init = 'vim.keymap.set("n", "<Esc>", "<Cmd>echo \'own escape\'<CR>", { silent = true })\n'
    editor = desk.start_fake(["one"], steps=1000, delay_seconds=0.02, init=init)
    editor.open(desk.write("a.py", HOLES))
    editor.type(":Diffgemma holes<CR>")
    editor.until(lambda: "step" in editor.screen[-2])
    editor.type("<Esc>")
    editor.until(lambda: "[diffgemma]" in editor.screen[-2])
    editor.shows(*HOLES.splitlines())
    editor.type("<Esc>")
    editor.until(lambda: editor.message == "own escape")


def test_a_command_calls_a_fill_off_and_says_where_nothing_runs(desk: Desk) -> None:
    editor = desk.start_fake(["one"], steps=1000, delay_seconds=0.02)
    editor.open(desk.write("a.py", HOLES))
    editor.type(":Diffgemma holes<CR>")
    editor.until(lambda: "step" in editor.screen[-2])
    editor.type(":Diffgemma cancel<CR>")
    editor.until(lambda: "[diffgemma]" in editor.screen[-2])
    editor.shows(*HOLES.splitlines())
    editor.type(":Diffgemma cancel<CR>")
    editor.says("diffgemma: nothing runs in this buffer")


def test_a_fill_of_text_that_changed_meanwhile_edits_nothing(desk: Desk) -> None:
    editor = desk.start_fake(["one"], steps=10, delay_seconds=0.1)
    editor.open(desk.write("a.py", HOLES))
    editor.type(":Diffgemma holes<CR>")
    editor.until(lambda: "step" in editor.screen[-2])
    editor.type("Gdd")
    editor.says("changed while it was being filled")
    editor.shows(*HOLES.splitlines()[:2])


def test_a_buffer_that_is_closed_leaves_the_fill_of_another_alone(desk: Desk) -> None:
    editor = desk.start_fake(["one", "two", "three"], steps=20, delay_seconds=0.2)
    editor.open(desk.write("b.py", "y = 1\n"))
    editor.open(desk.write("a.py", HOLES))
    editor.type(":Diffgemma holes<CR>")
    editor.until(lambda: "step" in editor.screen[-2])
    editor.type(":bdelete b.py<CR>")
    editor.until(lambda: editor.lua("return vim.fn.bufloaded('b.py')") == 0)
    assert "step" in editor.screen[-2]
    editor.shows("a = one", "b = [two]", "c = (three, 1)")


def test_lines_of_a_range_are_filled_anew(desk: Desk) -> None:
    editor = desk.start_fake(["    y = 2\n    return y"])
    editor.open(desk.write("a.py", FUNCTION))
    editor.type(":2,3Diffgemma fill<CR>")
    editor.shows("def f():", "    y = 2", "    return y")


def test_a_fill_goes_to_the_cursor_and_to_the_end_of_an_indented_line(desk: Desk) -> None:
    editor = desk.start_fake(["return 1"])
    editor.open(desk.write("a.py", "def f():\n    \n"))
    editor.type("j$:Diffgemma fill<CR>")
    editor.shows("def f():", "    return 1")


def test_a_selection_is_filled_anew_by_its_columns(desk: Desk) -> None:
    editor = desk.start_fake(["[1]"])
    editor.open(desk.write("a.py", "😀 = wrong + 1\n"))
    editor.type("/wrong<CR>ve<F7>")
    editor.shows("😀 = [1] + 1")
    editor.type("u/wrong<CR>ve:Diffgemma fill<CR>")
    editor.shows("😀 = [1] + 1")


def test_a_rewrite_is_a_difference_in_place_until_it_is_accepted_and_then_one_undo_step(desk: Desk) -> None:
    editor = desk.start_fake(["    y = 2\n    return y"], steps=3)
    editor.open(desk.write("a.py", FUNCTION))
    editor.type(":2,3Diffgemma rewrite use y<CR>")
    editor.says(":Diffgemma accept")
    hint = "   :Diffgemma accept or reject"
    editor.shows("def f():", "    x = 1", "    return x" + hint, "    y = 2", "    return y")
    assert editor.shades(1)[len("    ")] != editor.shades(3)[len("    ")]
    editor.type(":Diffgemma accept<CR>")
    editor.shows("def f():", "    y = 2", "    return y")
    editor.type("u")
    editor.shows(*FUNCTION.splitlines())


def test_a_mapping_asks_for_the_instruction_of_a_rewrite(desk: Desk) -> None:
    editor = desk.start_fake(["    y = 2"])
    editor.open(desk.write("a.py", FUNCTION))
    editor.type("jV<F8>")
    editor.says("Rewrite")
    editor.type("use y<CR>")
    editor.says(":Diffgemma accept")
    editor.shows("def f():", "    x = 1   :Diffgemma accept or reject", "    y = 2", "    return x")


def test_lines_that_a_rewrite_puts_before_the_first_are_seen(desk: Desk) -> None:
    editor = desk.start_fake(["import y\ndef f():"])
    editor.open(desk.write("a.py", FUNCTION))
    editor.type(":1Diffgemma rewrite<CR>")
    editor.shows("import y", "def f():   :Diffgemma accept or reject", "    x = 1", "    return x")
    editor.type(":Diffgemma accept<CR>")
    editor.shows("import y", *FUNCTION.splitlines())


def test_a_rewrite_that_is_rejected_leaves_nothing(desk: Desk) -> None:
    editor = desk.start_fake(["    y = 2"])
    editor.open(desk.write("a.py", FUNCTION))
    editor.type("jV:Diffgemma rewrite<CR>")
    editor.says("    y = 2")
    editor.says(":Diffgemma accept")
    editor.type(":Diffgemma reject<CR>")
    editor.shows(*FUNCTION.splitlines())
    editor.type(":Diffgemma reject<CR>")
    editor.says("there is no rewrite to reject")
    editor.type(":Diffgemma accept<CR>")
    editor.says("there is nothing to accept")


def test_a_change_of_the_text_takes_a_rewrite_away(desk: Desk) -> None:
    editor = desk.start_fake(["    y = 2"])
    editor.open(desk.write("a.py", FUNCTION))
    editor.type(":2Diffgemma rewrite<CR>")
    editor.says(":Diffgemma accept")
    editor.type("Gdd")
    editor.says("the text changed, so the rewrite is gone")
    editor.shows("def f():", "    x = 1")


def test_a_draft_of_a_rewrite_stands_in_the_place_of_its_lines(desk: Desk) -> None:
    editor = desk.start_fake(["    y = [1, 2]\n    z = y\n    return z"], steps=10, delay_seconds=0.5)
    editor.open(desk.write("a.py", FUNCTION))
    editor.type(":2,3Diffgemma rewrite<CR>")
    editor.until(lambda: "step 9/10" in editor.screen[-2])
    assert editor.text[:3] == ["def f():", "    y = [1, 2]", "    z = y"]
    assert editor.text[3].startswith("    return")


def test_a_file_with_carriage_returns_is_rewritten_in_its_own(desk: Desk) -> None:
    editor = desk.start_fake(["    y = 2\n    return y"])
    path = desk.write("a.py", FUNCTION.replace("\n", "\r\n"))
    editor.open(path)
    editor.type(":2,3Diffgemma rewrite<CR>")
    editor.says(":Diffgemma accept")
    editor.type(":Diffgemma accept<CR>:write<CR>")
    editor.until(lambda: b"y = 2" in path.read_bytes())
    assert path.read_bytes() == b"def f():\r\n    y = 2\r\n    return y\r\n"
