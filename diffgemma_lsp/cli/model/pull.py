"""Download a checkpoint from the hub into its cache.

A connection that is lost is taken up where it was. An interrupted download
keeps the files that are complete, and the next one goes on with the others. A
model that is gated wants its terms accepted on its page, and `hf auth login`.
What is here is left alone.
"""

from __future__ import annotations

import argparse

from diffgemma_lsp.cli.exits import Exit
from diffgemma_lsp.cli.streams import note
from diffgemma_lsp.models.sizes import size


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `diffgemma model pull`."""
    parser.add_argument("model", metavar="HUB_ID", help="such as google/diffusiongemma-26B-A4B-it")


def run(args: argparse.Namespace) -> Exit:
    """Download, and say where it is. Raises ModelNotFoundError where that is impossible."""
    from diffgemma_lsp.models.source import download_size, find_checkpoint, find_downloaded

    found = find_downloaded(args.model)
    if found is None:
        note(f"downloading {size(download_size(args.model))} of {args.model}")
        found = find_checkpoint(args.model)
    print(f"{found.name} is in {found.folder}")
    return Exit.DONE
