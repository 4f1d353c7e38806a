"""The ways in which the README has the plugin installed, each tried."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.editors.neovim import PLUGIN, Desk, Neovim

pytestmark = [pytest.mark.editors, pytest.mark.timeout(400, func_only=True)]

BLOCKS: list[str] = re.findall(r"```lua\n(.*?)```", (PLUGIN / "README.md").read_text(encoding="utf-8"), re.DOTALL)


def block(words: str) -> str:
    """Return the only example of the README that has some words in it."""
    (found,) = (block for block in BLOCKS if words in block)
    return found


def fills(editor: Neovim, desk: Desk) -> None:
    editor.open(desk.write("a.py", "def f():\n    \n"))
    editor.type("j$:Diffgemma fill<CR>")
    editor.shows("def f():", "    return 1")


def test_it_can_stand_on_the_runtimepath(desk: Desk) -> None:
    install = block('runtimepath:prepend("').replace("/path/to/editor-clients/neovim", str(PLUGIN))
    fills(desk.start_fake(["return 1"], install=install), desk)


def test_it_can_be_a_package_and_its_help_is_found(desk: Desk) -> None:
    start = desk.next_home / "data" / "nvim" / "site" / "pack" / "any" / "start"
    shutil.copytree(PLUGIN, start / "diffgemma", ignore=shutil.ignore_patterns("tags"))
    editor = desk.start_fake(["return 1"], install="")
    fills(editor, desk)
    editor.type(":helptags ALL<CR>:help :Diffgemma-rewrite<CR>")
    editor.says("Rewrite the range, or the cursor's line.")


def test_vim_pack_can_fetch_it(desk: Desk, tmp_path: Path) -> None:
    repository = tmp_path / "diffgemma-lsp"
    shutil.copytree(PLUGIN, repository / "editor-clients" / "neovim", ignore=shutil.ignore_patterns("tags"))
    git = ("git", "-C", repository, "-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "Begin"]):
        subprocess.run([*git, *words], check=True, timeout=60)
    install = block("vim.pack.add").replace("/path/to/diffgemma-lsp", str(repository))
    editor = desk.start_fake(["return 1"], install=install.replace("load =", "confirm = false,\n  load ="))
    fills(editor, desk)
