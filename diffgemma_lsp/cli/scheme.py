"""The option that says how many bits a model's weights are kept in."""

from __future__ import annotations

import argparse

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.prompts.schemes import SCHEME_NAMES

# The engines that load a checkpoint on this machine.
_LOADING = frozenset({"auto", "local"})


def add_scheme(parser: argparse._ActionsContainer) -> None:
    """Declare `--scheme`."""
    parser.add_argument(
        "--scheme",
        choices=SCHEME_NAMES,
        help="how weights are kept (default: what the model's profile says, else the most bits that fit)",
    )


def scheme_for(engine: str, scheme: str | None) -> str | None:
    """Return the scheme that a command line names. Raises InputError where its engine loads no weights."""
    if scheme is not None and engine not in _LOADING:
        raise InputError(f"--engine {engine} loads no weights that could be kept in {scheme}; leave out --scheme")
    return scheme
