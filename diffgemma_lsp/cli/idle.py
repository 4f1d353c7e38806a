"""`--idle-minutes`: how long an engine keeps a model that nobody uses."""

from __future__ import annotations

import argparse

from diffgemma_lsp.cli.numbers import decimal

_YEAR = 525_600.0


def add_idle_minutes(parser: argparse._ActionsContainer) -> None:
    """Declare the option."""
    parser.add_argument(
        "--idle-minutes",
        metavar="N",
        type=decimal(0.0, _YEAR),
        help="an engine that this starts unloads its model after this time (default: 60; 0 is never)",
    )
