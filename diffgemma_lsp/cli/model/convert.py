"""Write a packed copy of a checkpoint, which loads again in seconds.

SOURCE is starter, a folder or a hub id; it stays as it is. DEST must not be
there yet. It appears when it is complete: an interrupted conversion leaves
nothing that would load.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from diffgemma_lsp.cli.exits import Exit
from diffgemma_lsp.cli.status import StatusLine
from diffgemma_lsp.prompts.schemes import SCHEME_NAMES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `diffgemma model convert`."""
    parser.add_argument("source", metavar="SOURCE", help="starter, a folder or a hub id")
    parser.add_argument("dest", metavar="DEST", type=Path, help="the new folder")
    parser.add_argument("--scheme", choices=SCHEME_NAMES, required=True, help="how to pack it")


def run(args: argparse.Namespace) -> Exit:
    """Convert, and say where the result is. Raises an error of the tree where that is impossible."""
    with StatusLine(sys.stderr) as status:
        from diffgemma_lsp.models.conversion import convert
        from diffgemma_lsp.models.loading import usual_device
        from diffgemma_lsp.models.packed.schemes import scheme_named
        from diffgemma_lsp.models.source import find_checkpoint

        checkpoint = find_checkpoint(args.source)
        convert(checkpoint, args.dest, scheme_named(args.scheme), usual_device(), status.progress)
    print(f"{checkpoint.name} is in {args.dest}, packed in {args.scheme}: use it by --model {args.dest}")
    return Exit.DONE
