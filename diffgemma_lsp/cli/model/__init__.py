"""List, inspect, download and pack checkpoints.

`--model` of the other commands takes the names that `list` shows.

examples:
  diffgemma model list
  diffgemma model list ~/models
  diffgemma model info google/diffusiongemma-26B-A4B-it
  diffgemma model pull google/diffusiongemma-26B-A4B-it
  diffgemma model convert ~/models/26B ~/models/26B-nf4 --scheme nf4

exit codes:
  0    done
  1    with list, there is a checkpoint that would not load
  2    bad input, or nothing to be had; one sentence says what to do
  3    a bug in this program; --debug shows the traceback
  130  interrupted; of a download the complete files stay, a conversion leaves
       nothing behind
"""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import cast

from diffgemma_lsp.cli.exits import Exit
from diffgemma_lsp.cli.main import Command, add_command

_ACTIONS = ("list", "info", "pull", "convert")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions of `diffgemma model`, each with its arguments."""
    actions = parser.add_subparsers(metavar="ACTION", title="actions", required=True)
    for name in _ACTIONS:
        action = cast("Command", import_module(f"diffgemma_lsp.cli.model.{name}"))
        add_command(actions, name, action).set_defaults(act=action.run)


def run(args: argparse.Namespace) -> Exit:
    """Do what the action says. Raises an error of the tree where that is impossible."""
    code: Exit = args.act(args)
    return code
