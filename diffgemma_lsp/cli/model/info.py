"""Show the shape of a checkpoint, its size in each scheme, part by part, and its profile.

Sizes are computed from its config.json. The last rows are what it needs of a
device: the context is the longest prompt of its profile, encoded, the canvas a
denoising step with all its positions free. The weights themselves need not be
here for a hub id, whose config.json is fetched where that is missing.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from diffgemma_lsp.cli.exits import Exit
from diffgemma_lsp.models.sizes import amount, size

if TYPE_CHECKING:
    from diffgemma_lsp.models.anatomy import Anatomy


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `diffgemma model info`."""
    parser.add_argument(
        "model", metavar="MODEL", nargs="?", default="starter", help="starter (default), a folder or a hub id"
    )


def run(args: argparse.Namespace) -> Exit:
    """Print what is known of a checkpoint. Raises an error of the tree where nothing is."""
    from diffgemma_lsp.models.source import fetch_config, find_downloaded

    found = find_downloaded(args.model)
    folder = fetch_config(args.model) if found is None else found.folder
    from diffgemma_lsp.models.anatomy import anatomy_of

    anatomy = anatomy_of(folder, args.model if found is None else found.name)
    where = "not downloaded; run `diffgemma model pull`" if found is None else str(folder)
    kept = f"packed in {anatomy.stored}" if anatomy.stored else "not packed"
    print(f"{'model':<10} {args.model}\n{'folder':<10} {where}\n{'weights':<10} {kept}\n{'shape':<10} {anatomy.shape}")
    if anatomy.base:
        print(f"{'base':<10} tuned from {anatomy.base}")
    print(f"{'profile':<10} {_profile(anatomy)}\n")
    print("\n".join(size_table(anatomy)))
    return Exit.DONE


def size_table(anatomy: Anatomy) -> Iterator[str]:
    """Yield a row for each part, with its size in each scheme, then their sum and what a device must have."""
    names = list(anatomy.nbytes)
    yield _row("", "parameters", names)
    for part, count in anatomy.parameters.items():
        yield _row(part, amount(count), [size(anatomy.nbytes[name][part]) for name in names])
    rooms = [anatomy.rooms[name] for name in names]
    yield _row("weights", amount(sum(anatomy.parameters.values())), [size(room.weights) for room in rooms])
    yield _row("+ context", "", [size(room.context + room.graphs) for room in rooms])
    yield _row("+ canvas", "", [size(room.canvas) for room in rooms])
    yield _row("= needed", "", [size(room.total) for room in rooms])


def _row(name: str, parameters: str, cells: list[str]) -> str:
    return f"{name:<10} {parameters:>10}" + "".join(f" {cell:>9}" for cell in cells)


def _profile(anatomy: Anatomy) -> str:
    profile = anatomy.profile
    obeys = "follows instructions" if profile.follows_instructions else "refills, follows no instructions"
    scheme = f"; --scheme {profile.scheme} unless told otherwise" if profile.scheme else ""
    return (
        f"{profile.name}, {profile.prompt} prompts; {obeys}; at most {profile.context.prompt_tokens} prompt tokens,"
        f" {profile.canvas.max_length} canvas tokens, {profile.sampling.steps} steps{scheme}"
    )
