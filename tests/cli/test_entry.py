"""The first milliseconds of a process."""

from __future__ import annotations

import signal
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from tests.cli.terminals import environment

# Interrupts the process when it begins to import what its first argument names.
INTERRUPT = """
import os, signal, sys
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
from diffgemma_lsp.cli import entry
sys.exit(getattr(entry, sys.argv[2])())
"""


@pytest.mark.parametrize("module", ["diffgemma_lsp.cli.main", "diffgemma_lsp.errors", "argparse"])
@pytest.mark.parametrize("function", ["diffgemma", "diffgemma_lsp"])
def test_an_interrupt_during_the_imports_shows_no_traceback(module: str, function: str) -> None:
    line = [sys.executable, "-c", INTERRUPT, module, function]
    ran = subprocess.run(line, env=environment(), capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (-signal.SIGINT, "", "")


def test_an_interrupt_that_is_ignored_stays_ignored() -> None:
    code = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n{INTERRUPT}"
    line = [sys.executable, "-c", code, "argparse", "diffgemma"]
    ran = subprocess.run(line, env=environment(), capture_output=True, text=True, check=False)
    assert ran.stderr.startswith("diffgemma: argument COMMAND: invalid choice: 'argparse'")


def test_the_commands_that_are_installed_begin_here() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name in project["scripts"].values():
        module, _, function = name.partition(":")
        assert module == "diffgemma_lsp.cli.entry"
        assert callable(getattr(import_module(module), function))
