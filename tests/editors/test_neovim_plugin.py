"""What the Neovim plugin puts into an editor, and what it says of itself."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.editors.neovim import PLUGIN, SERVE, Desk

pytestmark = [pytest.mark.editors, pytest.mark.timeout(400, func_only=True)]

MAPS = """
local found = {}
for _, mode in ipairs({ "n", "i", "x", "o", "c", "t" }) do
  for _, map in ipairs(vim.api.nvim_get_keymap(mode)) do
    if vim.inspect(map):find("diffgemma") and not map.lhs:find("^<F%d>$") then
      table.insert(found, map.lhs)
    end
  end
end
return found
"""


def test_no_key_is_taken(desk: Desk) -> None:
    editor = desk.start_fake(["1"])
    editor.open(desk.write("a.py", "x = \n"))
    keys = editor.lua(MAPS)
    assert keys
    assert all(key.startswith("<Plug>(diffgemma-") for key in keys)


def test_nothing_is_loaded_or_started_before_it_is_needed(desk: Desk) -> None:
    editor = desk.start_fake(["1"], init='vim.o.statusline = ""\n')
    loaded = "return vim.iter(package.loaded):any(function(name) return name:find('^diffgemma') ~= nil end)"
    assert editor.lua(loaded) is False
    assert editor.lua("return #vim.lsp.get_clients()") == 0


def test_subcommands_are_completed(desk: Desk) -> None:
    editor = desk.start_fake(["1"])
    editor.type(":Diffgemma rej<Tab>")
    editor.until(lambda: editor.message == ":Diffgemma reject")
    editor.type("<C-U>Diffgemma log s<Tab>")
    editor.until(lambda: editor.message == ":Diffgemma log server")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("paint", 'diffgemma: there is no subcommand "paint"; see :help diffgemma-commands'),
        ("fill", "diffgemma does not serve this buffer yet; ask again in a moment, or see :checkhealth diffgemma"),
        ("log paint", 'diffgemma: there is no log "paint"; there are engine and server'),
        ("log", "diffgemma: no engine has run here, so it has no log; see :Diffgemma log server"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_to_do(desk: Desk, command: str, message: str) -> None:
    editor = desk.start_fake(["1"])
    editor.type(f":Diffgemma {command}<CR>")
    editor.says(message)


def test_a_server_that_is_not_enabled_is_said(desk: Desk) -> None:
    editor = desk.start_fake(["1"], init='vim.lsp.enable("diffgemma", false)\n')
    editor.type(":Diffgemma fill<CR>")
    editor.says('call vim.lsp.enable("diffgemma"), or see :checkhealth diffgemma')


def test_a_range_where_none_is_meant_is_said(desk: Desk) -> None:
    editor = desk.start_fake(["1"])
    editor.type(":1Diffgemma holes<CR>")
    editor.says("diffgemma: holes takes no range; leave it out")


def test_the_status_names_engine_and_model_and_the_switch(desk: Desk) -> None:
    editor = desk.start_fake(["return 1"])
    editor.open(desk.write("a.py", "def f():\n    \n"))
    editor.type(":Diffgemma status<CR>")
    editor.says("engine ready, fake; suggestions are on")
    editor.type(":Diffgemma toggle<CR>")
    editor.says("diffgemma: suggestions are off")
    editor.says("[diffgemma: diffgemma is switched off]")
    editor.type("jA<F1><Esc>:Diffgemma status<CR>")
    editor.says("no suggestions here: diffgemma is switched off")
    editor.type(":Diffgemma toggle python<CR>")
    editor.says("diffgemma: suggestions are off for python")


def test_progress_and_events_reach_autocommands(desk: Desk) -> None:
    init = """
vim.o.showtabline, vim.o.tabline = 2, "-"
vim.api.nvim_create_autocmd("LspProgress", { callback = function(event)
  local value = event.data.params.value
  vim.o.tabline = vim.o.tabline .. " " .. value.kind .. ":" .. (value.kind == "begin" and value.title or "")
end })
vim.api.nvim_create_autocmd("User", { pattern = "Diffgemma*", callback = function(event)
  local data = event.data
  vim.o.tabline = vim.o.tabline .. " " .. event.match .. ":" .. (data.purpose or data.kind or data.buf)
end })
"""
    editor = desk.start_fake(["return 1"], steps=2, delay_seconds=0.3, init=init)
    editor.open(desk.write("a.py", "x = <|fill|>\n"))
    editor.type(":Diffgemma holes<CR>")
    editor.until(lambda: "DiffgemmaEnd" in editor.screen[0] and "end:" in editor.screen[0])
    for word in ("DiffgemmaStart:fillHoles", "begin:Filling one hole", "report:", "DiffgemmaEnd:fillHoles"):
        assert word in editor.screen[0]
    editor.type(":let &tabline = '-'<CR>:1Diffgemma rewrite<CR>")
    editor.until(lambda: "DiffgemmaPreview:1" in editor.screen[0])
    editor.type(":let &tabline = '-'<CR>:Diffgemma toggle<CR>")
    editor.until(lambda: "DiffgemmaStatus:Inactive" in editor.screen[0])


def test_that_a_suggestion_was_held_back_is_said_in_the_statusline_and_the_status(desk: Desk) -> None:
    init = 'vim.lsp.config("diffgemma", { settings = { diffgemma = { confidence = 1.0 } } })\n'
    editor = desk.start_fake(["return 1"], init=init)
    editor.open(desk.write("a.py", "def f():\n    \n"))
    editor.type("jA")
    editor.says("[diffgemma: a suggestion was held back (99 % sure, 100 % wanted)]")
    editor.type("<Esc>:Diffgemma status<CR>")
    editor.says("suggestions are on, the last was held back (99 % sure)")


def test_the_health_check_finds_editor_server_and_engine(desk: Desk) -> None:
    editor = desk.start_fake(["return 1"])
    editor.open(desk.write("a.py", "x = \n"))
    editor.type(":checkhealth diffgemma<CR>")
    editor.says("diffgemma-lsp 0")
    editor.says("it serves 1 buffer")
    editor.says("answers from a script, without a model")


def test_the_health_check_says_that_server_and_plugin_are_of_different_times(desk: Desk) -> None:
    editor = desk.start_fake(["return 1"])
    editor.open(desk.write("a.py", "x = \n"))
    experimental = "vim.lsp.get_clients()[1].server_capabilities.experimental"
    assert editor.lua(f"return {experimental}.diffgemma.protocol") == 1
    editor.lua(f"{experimental}.diffgemma.protocol = 2")
    editor.type(":checkhealth diffgemma<CR>")
    editor.says("it speaks protocol 2, the plugin 1")


def test_the_health_check_does_not_look_for_an_engine_that_the_server_has_in_itself(desk: Desk) -> None:
    editor = desk.start([*SERVE, "--engine", "local"])
    editor.type(":checkhealth diffgemma<CR>")
    editor.says("it is --engine local; :Diffgemma status shows how it is")


def test_the_health_check_says_how_to_get_a_server(desk: Desk) -> None:
    editor = desk.start(["/nowhere/diffgemma-lsp"])
    editor.type(":checkhealth diffgemma<CR>")
    editor.says("/nowhere/diffgemma-lsp is not to be found")
    editor.says("pip install diffgemma-lsp")


def test_without_inline_completion_the_rest_works_and_it_is_said(desk: Desk) -> None:
    # As in Neovim 0.11, which has none of it.
    init = "vim.lsp.inline_completion, vim.lsp.protocol.InlineCompletionTriggerKind = false, nil\n"
    # Otherwise the mode stands where the message is.
    init += "vim.opt.showmode = false\n"
    editor = desk.start_fake(["return 1"], init=init)
    editor.open(desk.write("a.py", "def f():\n    \n"))
    editor.says("diffgemma: suggestions while typing need Neovim 0.12; :Diffgemma works")
    editor.type("jA<F1>")
    editor.says("diffgemma: nothing can be suggested on demand here; see :checkhealth diffgemma")
    editor.says("[diffgemma]")
    editor.type("<Esc>:Diffgemma fill<CR>")
    editor.shows("def f():", "    return 1")


def test_a_neovim_that_is_too_old_is_told_so_and_left_alone(tmp_path: Path, old_neovim: Path) -> None:
    config = tmp_path / "init.lua"
    config.write_text(f"vim.opt.runtimepath:prepend({json.dumps(str(PLUGIN))})\n", encoding="utf-8")
    words = ["--headless", "-u", str(config), "+echo exists(':Diffgemma')", "+qall"]
    done = subprocess.run([old_neovim, *words], capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path)
    assert "diffgemma needs Neovim 0.12" in done.stderr
    assert done.stderr.rstrip().endswith("0")


def test_the_documentation_has_a_tag_for_every_mapping_and_subcommand() -> None:
    text = (PLUGIN / "doc" / "diffgemma.txt").read_text(encoding="utf-8")
    plugin = (PLUGIN / "plugin" / "diffgemma.lua").read_text(encoding="utf-8")
    names = [line.split('"')[1::2] for line in plugin.splitlines() if line.startswith("plug(")]
    mappings = [next(name for name in words if len(name) > 1) for words in names]
    assert len(mappings) > 5
    assert [name for name in mappings if f"*<Plug>(diffgemma-{name})*" not in text] == []
    commands = ("fill", "holes", "rewrite", "accept", "reject", "cancel", "toggle", "status", "restart", "log")
    assert [name for name in commands if f"*:Diffgemma-{name}*" not in text] == []
