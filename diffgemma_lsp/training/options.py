"""What `python -m diffgemma_lsp.training` can be told."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.training.schedule import Schedule
from diffgemma_lsp.training.shape import SHAPES

DESCRIPTION = "Make the starter checkpoint, in one command or step by step."
RUN_OPTIONS = ("shape", "joint_from", "decay_from", "rate", "device", "processes", "positions", "workers")
"""What a run on another machine is given as it was given here."""


def deadline(until: str | None, minutes: float | None, now: datetime) -> datetime:
    """Return when training ends: at the next HH:MM, or after some minutes. Raises InputError for what is no time."""
    if until is None:
        if minutes is None:
            raise InputError("training needs an end: say --until HH:MM or --minutes N")
        return now + timedelta(minutes=minutes)
    try:
        clock = datetime.strptime(until, "%H:%M").time()
    except ValueError as error:
        raise InputError(f'"{until}" is no time of day: write --until HH:MM, such as 23:30') from error
    end = datetime.combine(now, clock)
    return end if end > now else end + timedelta(days=1)


def parser_of(stages: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser of a stage and its options."""
    parser = argparse.ArgumentParser("python -m diffgemma_lsp.training", description=DESCRIPTION)
    parser.add_argument("stage", choices=stages, help="all: every stage that is not done yet, in order")
    parser.add_argument("--state", type=Path, required=True, help="folder for downloads, corpus, checkpoint and log")
    parser.add_argument(
        "--code", type=Path, metavar="FOLDER", help="fetch the Python code in this folder, not the pinned packages"
    )
    parser.add_argument("--until", metavar="HH:MM", help="when training ends, in local time")
    parser.add_argument("--minutes", type=float, help="how long training lasts from now (default for call and away: 9)")
    parser.add_argument(
        "--of",
        type=float,
        metavar="MINUTES",
        help="training time of a run in several calls (default for call and away: 25)",
    )
    parser.add_argument(
        "--start", type=Path, metavar="FOLDER", help="begin from this checkpoint, not from random weights"
    )
    parser.add_argument(
        "--shape",
        choices=SHAPES,
        help="of a run that begins: 4.5 M, 8.5 M or 14 M parameters (default: that of --start, else small)",
    )
    parser.add_argument(
        "--joint-from", type=float, default=Schedule().joint_from, help="share of the time before canvases"
    )
    parser.add_argument(
        "--decay-from", type=float, default=Schedule().decay_from, help="share of the time before the rates fall"
    )
    parser.add_argument(
        "--rate", type=float, default=1.0, help="factor of all learning rates; 0.5 when beginning from a checkpoint"
    )
    parser.add_argument("--device", choices=("cpu", "cuda"), help="where to train (default: a GPU if there is one)")
    parser.add_argument(
        "--compile", action="store_true", help="compile the layers first: minutes, and a C++ compiler, for faster steps"
    )
    parser.add_argument("--processes", type=int, default=2, help="on the CPU; one per core is best (default: 2)")
    parser.add_argument(
        "--positions",
        type=int,
        help="tokens and slots per process and step (default: 4608 on the CPU, 131072 on a GPU)",
    )
    parser.add_argument(
        "--workers", type=int, help="processes that make batches (default: none on the CPU, one per core for a GPU)"
    )
    parser.add_argument(
        "--to", type=Path, metavar="FOLDER", help="where export and away write (default: STATE/checkpoint)"
    )
    parser.add_argument(
        "--corpus", type=Path, metavar="FILE", help="train on what the stage pack wrote; no network is used"
    )
    parser.add_argument("--out", type=Path, help="the file that pack writes, or the folder that call writes")
    parser.add_argument("--megabytes", type=float, default=290.0, help="of text that pack takes (default: 290)")
    parser.add_argument(
        "--over", metavar="COMMAND", help='how away runs a line of shell on the other machine, such as "ssh gpu"'
    )
    return parser


def run_arguments(options: argparse.Namespace) -> list[str]:
    """Return the options of a call on another machine, as a command line has them."""
    given = {name: getattr(options, name) for name in (*RUN_OPTIONS, "minutes", "of")}
    return [f"--{name.replace('_', '-')}={value}" for name, value in given.items() if value is not None] + (
        ["--compile"] if options.compile else []
    )
