"""`python -m diffgemma_lsp.training`: make the starter checkpoint, in one command or step by step."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

import torch

from diffgemma_lsp.corpus.fetching import fetch
from diffgemma_lsp.corpus.gathering import gather
from diffgemma_lsp.corpus.modules import corpus_path, load
from diffgemma_lsp.corpus.packages import Role
from diffgemma_lsp.errors import DiffgemmaError, InputError
from diffgemma_lsp.training.away import away
from diffgemma_lsp.training.call import CALL_AGAIN, call
from diffgemma_lsp.training.export import export
from diffgemma_lsp.training.feed import Mix
from diffgemma_lsp.training.loop import Settings, train
from diffgemma_lsp.training.options import deadline, parser_of, run_arguments
from diffgemma_lsp.training.pack import pack, unpack
from diffgemma_lsp.training.schedule import Schedule
from diffgemma_lsp.training.vocabulary import tokenizer_path, train_vocabulary

POSITIONS = {"cpu": 4608, "cuda": 131_072}
CALL_MINUTES, RUN_MINUTES = 9.0, 25.0

T = TypeVar("T")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one stage, or all of them; return the exit code: 2 for what the user has to mend, 75 for another call."""
    options = parser_of(tuple(STAGES)).parse_args(arguments)
    try:
        return STAGES[options.stage](options) or 0
    except DiffgemmaError as error:
        sys.stderr.write(f"{error}\n")
        return 2


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
    device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
    if options.compile and device == "cpu" and shutil.which(compiler := os.environ.get("CXX", "g++")) is None:
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
            device=device,
            processes=options.processes if device == "cpu" else 1,
            mix=Mix(positions=options.positions or POSITIONS[device]),
            workers=_workers(options.workers, device),
            compiled=options.compile,
            total_seconds=None if options.of is None else 60 * options.of,
            schedule=Schedule(joint_from=options.joint_from, decay_from=options.decay_from, peak=options.rate),
        )
    )


def _workers(wanted: int | None, device: str) -> int:
    if wanted is not None:
        return wanted
    return max(1, (os.cpu_count() or 2) - 1) if device == "cuda" else 0


def _export(options: argparse.Namespace) -> None:
    folder = options.to or options.state / "checkpoint"
    export(options.state, folder)
    sys.stdout.write(f"the checkpoint lies in {folder}: try it by diffgemma infill FILE --lines N --model {folder}\n")


def _plot(options: argparse.Namespace) -> None:
    from diffgemma_lsp.training.plot import plot  # a machine that is lent for training cannot draw

    sys.stdout.write(plot(options.state))


def _pack(options: argparse.Namespace) -> None:
    file = _required(options.out, "pack", "--out FILE")
    tokens = pack(options.state, file, round(options.megabytes * 1e6))
    sys.stdout.write(f"{file}: {tokens / 1e6:.1f} M token ids in {file.stat().st_size / 1e6:.1f} MB\n")


def _call(options: argparse.Namespace) -> int:
    out = _required(options.out, "call", "--out FOLDER")
    options.minutes, options.of = options.minutes or CALL_MINUTES, options.of or RUN_MINUTES
    is_over = call(lambda: _train(options), options.state, out)
    sys.stdout.write(
        "the run is over\n" if is_over else "the run goes on in the next call, which is the same command\n"
    )
    return 0 if is_over else CALL_AGAIN


def _away(options: argparse.Namespace) -> int:
    over = _required(options.over, "away", '--over COMMAND, such as "ssh gpu"')
    if options.start is not None:
        raise InputError(
            "away carries no weights: leave --start out, or carry them yourself and run the stage call there"
        )
    file = options.corpus or options.state / "corpus.tar.xz"
    if not file.exists():
        pack(options.state, file, round(options.megabytes * 1e6))
    folder = options.to or options.state / "checkpoint"
    away(over, file, run_arguments(options), folder)
    evaluation = (sys.executable, "-m", "diffgemma_lsp", "eval", folder, "--corpus", options.state)
    return subprocess.run(evaluation, check=False).returncode


def _required(value: T | None, stage: str, option: str) -> T:
    if value is None:
        raise InputError(f"the stage {stage} needs more: add {option}")
    return value


def _all(options: argparse.Namespace) -> None:
    if not corpus_path(options.state, Role.TRAIN).exists():
        _fetch(options)
    if not tokenizer_path(options.state).exists():
        _vocabulary(options)
    _train(options)
    _export(options)
    with suppress(InputError):  # a run of less than a minute has nothing to draw
        _plot(options)


STAGES: dict[str, Callable[[argparse.Namespace], int | None]] = {
    "fetch": _fetch,
    "vocabulary": _vocabulary,
    "train": _train,
    "export": _export,
    "pack": _pack,
    "call": _call,
    "away": _away,
    "plot": _plot,
    "all": _all,
}


if __name__ == "__main__":
    sys.exit(main())
