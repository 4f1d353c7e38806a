"""Suggestions while typing in Neovim, read from its screen."""

from __future__ import annotations

import pytest

from tests.editors.neovim import Desk

pytestmark = [pytest.mark.editors, pytest.mark.timeout(400, func_only=True)]

FUNCTION = "def f():\n    \n\n\ndef g():\n    pass\n"


def test_a_suggestion_appears_by_itself_goes_with_insert_mode_and_stays_when_accepted(desk: Desk) -> None:
    editor = desk.start_fake(["return 1\n    # two"])
    editor.open(desk.write("a.py", FUNCTION))
    editor.type("jA")
    editor.shows("def f():", "    return 1", "    # two", "", "", "def g():", "    pass")
    editor.type("<Esc>")
    editor.shows("def f():", "", "", "", "def g():", "    pass")
    editor.type("A")
    editor.shows("def f():", "    return 1", "    # two", "", "", "def g():", "    pass")
    editor.type("<F2><Esc>")
    editor.shows("def f():", "    return 1", "    # two", "", "", "def g():", "    pass")


def test_what_is_typed_through_a_suggestion_stays_one_text(desk: Desk) -> None:
    editor = desk.start_fake(["return compute(1)"])
    editor.open(desk.write("a.py", FUNCTION))
    editor.type("jA")
    editor.shows("def f():", "    return compute(1)", "", "", "def g():", "    pass")
    for character in "return com":
        editor.type(character)
        editor.shows("def f():", "    return compute(1)", "", "", "def g():", "    pass")
    editor.type("<F2><Esc>")
    editor.shows("def f():", "    return compute(1)", "", "", "def g():", "    pass")


def test_fast_typing_and_accepting_at_once_duplicates_nothing(desk: Desk) -> None:
    editor = desk.start_fake(["return compute(1)"])
    editor.open(desk.write("a.py", FUNCTION))
    editor.type("jA")
    editor.says("return compute(1)")
    editor.type("return c<F2>!<Esc>")
    editor.shows("def f():", "    return compute(1)!", "", "", "def g():", "    pass")


def test_a_key_can_accept_where_there_is_something_and_be_itself_elsewhere(desk: Desk) -> None:
    init = """
vim.keymap.set("i", "<Tab>", function()
  if not require("diffgemma").accept() then
    vim.api.nvim_feedkeys(vim.keycode("<Tab>"), "ni", false)
  end
end)
"""
    editor = desk.start_fake(["return 1"], init=init)
    editor.open(desk.write("a.py", FUNCTION))
    editor.type("jA")
    editor.says("    return 1")
    editor.type("<Tab><Esc>gg0i<Tab>|<Esc>")
    editor.shows("    |def f():", "    return 1", "", "", "def g():", "    pass")


def test_what_no_longer_fits_is_gone_and_not_accepted(desk: Desk) -> None:
    editor = desk.start_fake(["return compute(1)"])
    editor.open(desk.write("a.py", FUNCTION))
    editor.type("jA")
    editor.says("return compute(1)")
    editor.type("x = <F2><Esc>")
    editor.shows("def f():", "    x =", "", "", "def g():", "    pass")


def test_a_suggestion_is_accepted_by_words_and_lines(desk: Desk) -> None:
    editor = desk.start_fake(["return compute(1)\n    # two\n    # three"])
    editor.open(desk.write("a.py", FUNCTION))
    editor.type("jA")
    editor.says("# three")
    editor.type("<F3>")
    editor.until(lambda: editor.lua("return vim.api.nvim_get_current_line()") == "    return")
    editor.says("# three")
    editor.type("<F3>")
    editor.until(lambda: editor.lua("return vim.api.nvim_get_current_line()") == "    return compute")
    editor.says("# three")
    editor.type("<F4>")
    editor.until(lambda: editor.lua("return vim.api.nvim_get_current_line()") == "    return compute(1)")
    editor.says("# three")
    editor.type("<F4>")
    editor.until(lambda: editor.lua("return vim.api.nvim_get_current_line()") == "    # two")
    editor.says("# three")
    editor.type("<Esc>")
    editor.shows("def f():", "    return compute(1)", "    # two", "", "", "def g():", "    pass")


def test_several_suggestions_that_were_asked_for_can_be_gone_through(desk: Desk) -> None:
    editor = desk.start_fake(["return 1", "return 2", "return 3"])
    editor.open(desk.write("a.py", FUNCTION))
    editor.type("jA<F1>")
    editor.says("    return 1")
    editor.says("[diffgemma]")
    editor.type("<F5>")
    editor.says("    return 2 (2/3)")
    editor.type("<F5>")
    editor.says("    return 3 (3/3)")
    editor.type("<F6>")
    editor.says("    return 2 (2/3)")
    editor.type("<F2><Esc>")
    editor.shows("def f():", "    return 2", "", "", "def g():", "    pass")


def test_a_suggestion_that_was_asked_for_settles_live_and_its_draft_goes_with_the_answer(desk: Desk) -> None:
    editor = desk.start_fake(["return one(two(three(four)))"], steps=10, delay_seconds=0.4)
    editor.open(desk.write("a.py", FUNCTION))
    editor.type("jA<F1>")
    editor.until(lambda: "step 2/10" in editor.screen[-2])
    assert editor.text[1].startswith("    return")
    assert editor.text[1] != "    return one(two(three(four)))"
    editor.until(lambda: "step" not in editor.screen[-2])
    editor.shows("def f():", "    return one(two(three(four)))", "", "", "def g():", "    pass")
    editor.type("<F2><Esc>")
    editor.shows("def f():", "    return one(two(three(four)))", "", "", "def g():", "    pass")


def test_suggestions_can_be_left_to_those_that_are_asked_for(desk: Desk) -> None:
    editor = desk.start_fake(["return 1"], steps=1, delay_seconds=0, init="vim.g.diffgemma_suggest = false\n")
    editor.open(desk.write("a.py", FUNCTION))
    editor.type("jAx<BS>")
    # Longer than Neovim takes to ask by itself, and the server to answer.
    editor.lua("vim.wait(1000)")
    editor.shows("def f():", "", "", "", "def g():", "    pass")
    editor.type("<F1>")
    editor.says("    return 1")
    editor.type("<F2><Esc>")
    editor.shows("def f():", "    return 1", "", "", "def g():", "    pass")


def test_typing_takes_the_draft_away(desk: Desk) -> None:
    editor = desk.start_fake(["return 1"], steps=1000, delay_seconds=0.02)
    editor.open(desk.write("a.py", FUNCTION))
    editor.type("jA<F1>")
    editor.until(lambda: "step" in editor.screen[-2])
    editor.type("#<Esc>")
    editor.until(lambda: "step" not in editor.screen[-2])
    editor.shows("def f():", "    #", "", "", "def g():", "    pass")


def test_a_file_with_carriage_returns_keeps_its_line_ends(desk: Desk) -> None:
    editor = desk.start_fake(["return 1\n    # two"])
    path = desk.write("a.py", FUNCTION.replace("\n", "\r\n"))
    editor.open(path)
    editor.type("jA")
    editor.shows("def f():", "    return 1", "    # two", "", "", "def g():", "    pass")
    editor.type("<F2><Esc>:write<CR>")
    editor.until(lambda: b"two" in path.read_bytes())
    assert path.read_bytes() == FUNCTION.replace("    \n", "    return 1\n    # two\n").replace("\n", "\r\n").encode()


def test_text_beyond_the_basic_plane_moves_nothing(desk: Desk) -> None:
    editor = desk.start_fake(["return 1"])
    editor.open(desk.write("a.py", 'x = "😀🦀"; \n'))
    editor.type("A")
    editor.shows('x = "😀🦀"; return 1')
    editor.type("ret<F2>😀<Esc>")
    editor.shows('x = "😀🦀"; return 1😀')


def test_a_file_of_secrets_gets_nothing_and_the_statusline_says_why(desk: Desk) -> None:
    editor = desk.start_fake(["secret"])
    editor.open(desk.write(".env", "TOKEN=\n"))
    editor.type("A<F1>")
    editor.says("holds settings that are often secret")
    editor.shows("TOKEN=")
    editor.type("<Esc>:Diffgemma fill<CR>")
    editor.until(lambda: "nothing is filled here" in editor.message)
    editor.shows("TOKEN=")
