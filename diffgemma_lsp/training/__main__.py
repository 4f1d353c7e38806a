"""`python -m diffgemma_lsp.training`: make the starter checkpoint, in one command or step by step."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import torch

from diffgemma_lsp.corpus.fetching import fetch
from diffgemma_lsp.corpus.gathering import gather
from diffgemma_lsp.corpus.modules import corpus_path, load
from diffgemma_lsp.corpus.packages import Role
from diffgemma_lsp.errors import DiffgemmaError, InputError
from diffgemma_lsp.training.export import export
from diffgemma_lsp.training.feed import Mix
from diffgemma_lsp.training.loop import Settings, train
from diffgemma_lsp.training.pack import pack, unpack
from diffgemma_lsp.training.parts import split
from diffgemma_lsp.training.plot import plot
from diffgemma_lsp.training.schedule import Schedule
from diffgemma_lsp.training.shape import SHAPES
from diffgemma_lsp.training.vocabulary import tokenizer_path, train_vocabulary

POSITIONS = {"cpu": 4608, "cuda": 131_072}
WEIGHTS = "model.safetensors"


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
    parser.add_argument(
        "--code", type=Path, metavar="FOLDER", help="fetch the Python code in this folder, not the pinned packages"
    )
    parser.add_argument("--until", metavar="HH:MM", help="when training ends, in local time")
    parser.add_argument("--minutes", type=float, help="how long training lasts from now")
    parser.add_argument(
        "--of",
        type=float,
        metavar="MINUTES",
        help="training time of a run in several calls, of which this is not the last",
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
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda" if torch.cuda.is_available() else "cpu")
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
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="where export writes (default: STATE/checkpoint)")
    parser.add_argument(
        "--corpus", type=Path, metavar="FILE", help="train on what the stage pack wrote; no network is used"
    )
    parser.add_argument("--out", type=Path, help="the file that pack writes, or the folder that weights writes")
    parser.add_argument("--megabytes", type=float, default=290.0, help="of text that pack takes (default: 290)")
    parser.add_argument("--part-mib", type=float, default=15.0, help="size of the parts of weights (default: 15)")
    return parser


def _fetch(options: argparse.Namespace) -> None:
    if options.code is not None:
        gather(options.state, options.code)
        return
    options.state.mkdir(parents=True, exist_ok=True)
    fetch(options.state)


def _vocabulary(options: argparse.Namespace) -> None:
    modules = load(options.state, Role.TRAIN)
    train_vocabulary((module.text for module in modules), tokenizer_path(options.state))


def _train(options: argparse.Namespace) -> None:
    if options.compile and options.device == "cpu" and shutil.which(compiler := os.environ.get("CXX", "g++")) is None:
        raise InputError(f"--compile needs a C++ compiler, and there is no {compiler}: install it, or leave it out")
    # Before what takes a minute itself: a call that may last ten is to be told nine.
    end = deadline(options.until, options.minutes, datetime.fromtimestamp(time.time()))
    if options.corpus is not None:
        unpack(options.corpus, options.state)
    load(options.state, Role.VALIDATION)
    train(
        Settings(
            state=options.state,
            deadline=end.timestamp(),
            start=options.start,
            shape=options.shape,
            device=options.device,
            processes=options.processes if options.device == "cpu" else 1,
            mix=Mix(positions=options.positions or POSITIONS[options.device]),
            workers=_workers(options),
            compiled=options.compile,
            total_seconds=None if options.of is None else 60 * options.of,
            schedule=Schedule(joint_from=options.joint_from, decay_from=options.decay_from, peak=options.rate),
        )
    )


def _workers(options: argparse.Namespace) -> int:
    if options.workers is not None:
        return int(options.workers)
    return max(1, (os.cpu_count() or 2) - 1) if options.device == "cuda" else 0


def _export(options: argparse.Namespace) -> None:
    folder = options.to or options.state / "checkpoint"
    export(options.state, folder)
    sys.stdout.write(f"the checkpoint lies in {folder}: try it by diffgemma infill FILE --lines N --model {folder}\n")


def _plot(options: argparse.Namespace) -> None:
    sys.stdout.write(plot(options.state))


def _pack(options: argparse.Namespace) -> None:
    file = _required(options.out, "pack", "--out FILE")
    tokens = pack(options.state, file, round(options.megabytes * 1e6))
    sys.stdout.write(f"{file}: {tokens / 1e6:.1f} M token ids in {file.stat().st_size / 1e6:.1f} MB\n")


def _weights(options: argparse.Namespace) -> None:
    folder = _required(options.out, "weights", "--out FOLDER")
    export(options.state, folder)
    parts = split(folder / WEIGHTS, round(options.part_mib * 2**20))
    if len(parts) > 1:
        sys.stdout.write(f"join the {len(parts)} parts by: cat {WEIGHTS}.?? > {WEIGHTS} && rm {WEIGHTS}.??\n")


def _required(out: Path | None, stage: str, option: str) -> Path:
    if out is None:
        raise InputError(f"the stage {stage} needs to know where to write: add {option}")
    return out


def _all(options: argparse.Namespace) -> None:
    if not corpus_path(options.state, Role.TRAIN).exists():
        _fetch(options)
    if not tokenizer_path(options.state).exists():
        _vocabulary(options)
    _train(options)
    _export(options)
    with suppress(InputError):  # a run of less than a minute has nothing to draw
        _plot(options)


STAGES: dict[str, Callable[[argparse.Namespace], None]] = {
    "fetch": _fetch,
    "vocabulary": _vocabulary,
    "train": _train,
    "export": _export,
    "pack": _pack,
    "weights": _weights,
    "plot": _plot,
    "all": _all,
}


if __name__ == "__main__":
    sys.exit(main())
