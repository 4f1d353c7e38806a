"""A real Neovim that a test types into, and whose screen it reads."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pynvim

PLUGIN = Path(__file__).resolve().parents[2] / "editor-clients" / "neovim"
# A model is loaded in it, on a busy machine.
TIMEOUT_SECONDS = 150
POLL_SECONDS = 0.02
SERVE = (sys.executable, "-m", "diffgemma_lsp", "serve")
# The simplest of the ways in which a person may install the plugin.
RUNTIMEPATH = f"vim.opt.runtimepath:prepend({json.dumps(str(PLUGIN))})\n"
# What a person would write into init.lua after it. Neovim's own messages must not make it wait for a key.
INIT = """
vim.opt.swapfile = false
vim.opt.messagesopt = "wait:0,history:500"
vim.opt.shortmess:append("I")
vim.opt.laststatus = 2
vim.opt.statusline = "%f [%{{v:lua.require'diffgemma'.status()}}]"
vim.lsp.config("diffgemma", {{ cmd = {command}, settings = {{ diffgemma = {{ debounceMilliseconds = 0 }} }} }})
vim.lsp.enable("diffgemma")
vim.keymap.set("i", "<F1>", "<Plug>(diffgemma-suggest)")
vim.keymap.set("i", "<F2>", "<Plug>(diffgemma-accept)")
vim.keymap.set("i", "<F3>", "<Plug>(diffgemma-accept-word)")
vim.keymap.set("i", "<F4>", "<Plug>(diffgemma-accept-line)")
vim.keymap.set("i", "<F5>", "<Plug>(diffgemma-next)")
vim.keymap.set("i", "<F6>", "<Plug>(diffgemma-previous)")
vim.keymap.set({{ "n", "x" }}, "<F7>", "<Plug>(diffgemma-fill)")
vim.keymap.set({{ "n", "x" }}, "<F8>", "<Plug>(diffgemma-rewrite)")
"""
# What was changed since the last time that Neovim drew is drawn first, as it would be before it waits for a key.
_SCREEN = """
vim.cmd.redraw()
local rows = {}
for row = 1, vim.o.lines do
  local cells = {}
  for column = 1, vim.o.columns do
    cells[column] = vim.fn.screenstring(row, column)
  end
  rows[row] = table.concat(cells):gsub("%s+$", "")
end
return rows
"""

_SHADES = """
vim.cmd.redraw()
local row, shades, last = ..., {}, 0
for column = 1, vim.o.columns do
  shades[column] = vim.fn.screenattr(row, column)
  last = vim.fn.screenstring(row, column) == " " and last or column
end
return vim.list_slice(shades, 1, last)
"""


class Neovim:
    """An editor of 120 columns and 24 lines, of which the last two are the statusline and the messages.

    `program` is the editor, `command` its language server; `install` is Lua that brings the plugin in, and `init` is
    appended to what a person would configure. Everything it keeps is in `home`.
    """

    def __init__(
        self, program: Path, home: Path, command: Sequence[str], init: str = "", install: str = RUNTIMEPATH
    ) -> None:
        home.mkdir(parents=True, exist_ok=True)
        words = "{ " + ", ".join(json.dumps(word) for word in command) + " }"
        config = home / "init.lua"
        config.write_text(install + INIT.format(command=words) + init, encoding="utf-8")
        own = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "CACHE")}
        self._process = subprocess.Popen(
            [program, "--headless", "-u", config, "--listen", home / "nvim.sock"],
            env=os.environ | own,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + TIMEOUT_SECONDS
        while not _listens(home / "nvim.sock"):
            assert self._process.poll() is None, "Neovim has ended before it listened"
            assert time.monotonic() < end, "Neovim does not listen"
            time.sleep(POLL_SECONDS)
        self._nvim: Any = pynvim.attach("socket", path=str(home / "nvim.sock"))
        self._nvim.ui_attach(120, 24, rgb=True, ext_linegrid=True)
        # It listens before its init.lua has been run to the end.
        self.until(lambda: self.lua("return vim.v.vim_did_enter") == 1)

    def open(self, path: Path) -> None:
        """Edit a file, and wait until the server serves it."""
        self._nvim.command(f"edit {path}")
        self.until(lambda: self.lua("return #vim.lsp.get_clients({ bufnr = 0, name = 'diffgemma' }) > 0"))

    def type(self, keys: str) -> None:
        """Press keys, written as in a mapping, as fast as Neovim takes them."""
        self._nvim.input(keys)

    def type_slowly(self, text: str) -> None:
        """Press keys one after another, each after the one before has had its effect."""
        for character in text:
            self.type("<lt>" if character == "<" else character)
            self._nvim.eval("1")

    def lua(self, code: str, *arguments: Any) -> Any:
        """Run Lua in the editor. Fails where it waits for a key, and would not answer."""
        assert not self._nvim.api.get_mode()["blocking"], "Neovim waits for a key"
        return self._nvim.exec_lua(code, *arguments)

    @property
    def screen(self) -> list[str]:
        """What every line of the screen shows, virtual text included."""
        rows: list[str] = self.lua(_SCREEN)
        return rows

    @property
    def text(self) -> list[str]:
        """The lines of the screen that show the buffer, without the empty ones below it."""
        return [row for row in self.screen[:-2] if row != "~"]

    @property
    def message(self) -> str:
        """What stands in the last line."""
        return self.screen[-1]

    def shades(self, row: int) -> list[int]:
        """Return how each cell of a line of the screen, from 0, is highlighted up to its last sign, as numbers."""
        shades: list[int] = self.lua(_SHADES, row + 1)
        return shades

    def until(self, is_so: Callable[[], Any], seconds: float = TIMEOUT_SECONDS) -> Any:
        """Look until something is so, and return it. Fails with the screen where it does not come to that in time."""
        end = time.monotonic() + seconds
        while not (found := is_so()):
            # Lets the editor work; a fixed rate of looking keeps it from answering us alone.
            self.lua("vim.wait(10)")
            if time.monotonic() > end:
                raise AssertionError("it did not come to that; the screen:\n" + "\n".join(self.screen))
        return found

    def shows(self, *lines: str) -> None:
        """Wait until the buffer looks like this."""
        self.until(lambda: self.text == list(lines))

    def says(self, words: str) -> None:
        """Wait until some line of the screen says this."""
        self.until(lambda: any(words in line for line in self.screen))

    def close(self) -> None:
        """End the editor as a person does, and kill it where it does not."""
        with contextlib.suppress(OSError, EOFError):
            self._nvim.command("qall!", async_=True)
            # Hears the end of the connection, which is what closes it on this side.
            self._nvim.run_loop(lambda *_: None, lambda *_: None)
        try:
            self._process.wait(TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            self._nvim.close()


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as door:
        return door.connect_ex(str(path)) == 0


@dataclass(frozen=True, slots=True)
class Desk:
    """Starts editors of one test, side by side. `folder` is for the files that they edit, `program` is the editor."""

    folder: Path
    program: Path
    editors: list[Neovim] = field(default_factory=list)

    @property
    def next_home(self) -> Path:
        """Where the editor that is started next keeps what it keeps."""
        return self.folder / f"home{len(self.editors)}"

    def start(self, command: Sequence[str], init: str = "", install: str = RUNTIMEPATH) -> Neovim:
        """Start an editor whose server is started by `command`."""
        editor = Neovim(self.program, self.next_home, command, init, install)
        self.editors.append(editor)
        return editor

    def start_fake(
        self, answers: Sequence[str], steps: int = 4, delay_seconds: float = 0.02, init: str = "", **options: str
    ) -> Neovim:
        """Start an editor whose server answers from a script."""
        script = self.write_script(answers, steps, delay_seconds)
        return self.start([*SERVE, "--engine", "fake", "--model", str(script)], init, **options)

    def write_script(self, answers: Sequence[str], steps: int, delay_seconds: float) -> Path:
        """Write what the fake filler answers, and how slowly."""
        # Strings and arrays of JSON are such of TOML.
        script = f"answers = {json.dumps(answers)}\nsteps = {steps}\ndelay_seconds = {delay_seconds}\n"
        return self.write("script.toml", script)

    def write(self, name: str, text: str) -> Path:
        """Write a file to edit; line ends are written as they are."""
        path = self.folder / name
        path.write_bytes(text.encode())
        return path
