"""List the checkpoints on this machine: the starter, the hub's cache, and any folder.

A checkpoint that would not load is listed with the reason.

--json prints a list of objects: name, folder, bytes, scheme (what it is packed
in, or null) and problem (why it would not load, or "")
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from diffgemma_lsp.cli.exits import Exit
from diffgemma_lsp.models.sizes import size


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `diffgemma model list`."""
    parser.add_argument(
        "folders", metavar="FOLDER", nargs="*", type=Path, help="look here, too: a checkpoint, or a folder of some"
    )
    parser.add_argument("--json", action="store_true", help="print objects, described below")


def run(args: argparse.Namespace) -> Exit:
    """Print a line for each checkpoint. Raises InputError for a folder that is none."""
    from diffgemma_lsp.models.listing import checkpoints_here

    found = checkpoints_here(args.folders)
    if args.json:
        rows = [
            {
                "name": one.name,
                "folder": str(one.folder),
                "bytes": one.nbytes,
                "scheme": one.scheme,
                "problem": one.problem,
            }
            for one in found
        ]
        print(json.dumps(rows))
    else:
        width = max(len(one.name) for one in found)
        for one in found:
            kept = f"packed in {one.scheme}" if one.scheme else "not packed"
            what = f"would not load: {one.problem}" if one.problem else f"{size(one.nbytes):>9}  {kept}"
            print(f"{one.name:<{width}}  {what}")
    return Exit.NOTHING if any(one.problem for one in found) else Exit.DONE
