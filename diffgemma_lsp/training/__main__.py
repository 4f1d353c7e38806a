"""`python -m diffgemma_lsp.training`: make the starter checkpoint, in one command or step by step."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import torch

from diffgemma_lsp.errors import DiffgemmaError, InputError
from diffgemma_lsp.training.corpus import corpus_path, load
from diffgemma_lsp.training.export import export
from diffgemma_lsp.training.fetching import fetch
from diffgemma_lsp.training.loop import Settings, train
from diffgemma_lsp.training.packages import Role
from diffgemma_lsp.training.schedule import Schedule
from diffgemma_lsp.training.vocabulary import tokenizer_path, train_vocabulary

SHIPPED = Path(__file__).parents[1] / "models" / "starter"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one stage, or all of them; return the exit code: 2 for what the user has to mend."""
    options = _parser().parse_args(arguments)
    try:
        STAGES[options.stage](options)
    except DiffgemmaError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m diffgemma_lsp.training", description=__doc__)
    parser.add_argument("stage", choices=STAGES, help="all: every stage that is not done yet, in order")
    parser.add_argument("--state", type=Path, required=True, help="folder for downloads, corpus, checkpoint and log")
    parser.add_argument("--until", metavar="HH:MM", help="when training ends, in local time")
    parser.add_argument("--minutes", type=float, help="how long training lasts from now")
    parser.add_argument(
        "--start", type=Path, metavar="FOLDER", help="begin from this checkpoint, not from random weights"
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
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--processes", type=int, default=2, help="on the CPU; one per core is best (default: 2)")
    parser.add_argument(
        "--positions", type=int, default=4608, help="tokens and slots per process and step; more for a GPU"
    )
    parser.add_argument("--to", type=Path, default=SHIPPED, help="where export writes (default: into the package)")
    parser.add_argument("--quality", type=Path, metavar="FILE", help="Markdown of an evaluation, for the model card")
    return parser


def _fetch(options: argparse.Namespace) -> None:
    options.state.mkdir(parents=True, exist_ok=True)
    fetch(options.state)


def _vocabulary(options: argparse.Namespace) -> None:
    modules = load(options.state, Role.TRAIN)
    train_vocabulary((module.text for module in modules), tokenizer_path(options.state))


def _train(options: argparse.Namespace) -> None:
    load(options.state, Role.VALIDATION)
    end = deadline(options.until, options.minutes, datetime.fromtimestamp(time.time()))
    train(
        Settings(
            state=options.state,
            deadline=end.timestamp(),
            start=options.start,
            device=options.device,
            processes=options.processes if options.device == "cpu" else 1,
            positions=options.positions,
            schedule=Schedule(joint_from=options.joint_from, decay_from=options.decay_from, peak=options.rate),
        )
    )


def _export(options: argparse.Namespace) -> None:
    quality = options.quality.read_text(encoding="utf-8") if options.quality else ""
    export(options.state, options.to, quality)


def _all(options: argparse.Namespace) -> None:
    if not corpus_path(options.state, Role.TRAIN).exists():
        _fetch(options)
    if not tokenizer_path(options.state).exists():
        _vocabulary(options)
    _train(options)
    _export(options)


STAGES: dict[str, Callable[[argparse.Namespace], None]] = {
    "fetch": _fetch,
    "vocabulary": _vocabulary,
    "train": _train,
    "export": _export,
    "all": _all,
}


if __name__ == "__main__":
    sys.exit(main())
