"""What `diffgemma tune --task sudoku` does: train a small network from random weights, and leave a checkpoint."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from diffgemma_lsp.cli.exits import Exit
from diffgemma_lsp.cli.interrupts import stop_requests
from diffgemma_lsp.cli.status import StatusLine
from diffgemma_lsp.cli.streams import note
from diffgemma_lsp.errors import InputError

if TYPE_CHECKING:
    from diffgemma_lsp.training.sudoku.journal import Report

SUDOKU = "sudoku"
"""The task that brings its own network, objective and loop, because it begins from random weights."""

_MINUTES = 55.0


def learn(args: argparse.Namespace) -> Exit:
    """Train, and say where the result is. Raises an error of the tree for what the user has to mend."""
    _refuse_options(args)
    out: Path = args.out
    with StatusLine(sys.stderr) as status, stop_requests() as is_stopped:
        status.tell("making puzzles")
        from diffgemma_lsp.models.growing import require_new
        from diffgemma_lsp.training.sudoku.checkpoint import export
        from diffgemma_lsp.training.sudoku.loop import Settings, train
        from diffgemma_lsp.training.sudoku.run import RunFolder
        from diffgemma_lsp.training.tuning.state import state_folder

        require_new(out, "--out")
        run = RunFolder(state_folder(out))
        try:
            run.path.mkdir(exist_ok=True)
        except OSError as error:
            raise InputError(f"{out} cannot be made ({error.strerror}): name --out in a folder of yours") from error
        settings = Settings(run, 60 * (args.time or _MINUTES), args.steps, args.seed)
        for report in train(settings, is_stopped):
            status.tell("learning", _line(report))
            if report.score is not None:
                status.clear()
                print(_line(report), flush=True)
        saved = run.read(args.seed)
        assert saved is not None
        tally, optimizer = saved
        if is_stopped():
            note(f"stopped after step {tally.steps}: the same command goes on from there")
            return Exit.INTERRUPTED
        export(optimizer["averages"], tally, out)
    print(
        f"{out} has learned from {tally.puzzles} puzzles: measure it by diffgemma eval {out} --task sudoku; {run.path}"
        " keeps the run, for python -m benchmarks.sudoku, and can be removed"
    )
    return Exit.DONE


def _line(report: Report) -> str:
    tally = report.tally
    line = (
        f"step {tally.steps:>6}  {report.share:4.0%}  {tally.puzzles} puzzles  loss from noise {report.denoised:.3f},"
        f" in order {report.ordered:.3f}"
    )
    if (score := report.score) is not None:
        solved = round(score.solved * score.cases)
        line += f"  solved {solved} of {score.cases} held-out puzzles in {score.steps:.1f} steps"
    return line


def _refuse_options(args: argparse.Namespace) -> None:
    """Raise InputError for what says how to tune a checkpoint to data: here there are neither."""
    if args.source is not None:
        raise InputError("--task sudoku begins from random weights: leave out SOURCE")
    given = {"--data": args.data, "--method": args.method, "--scheme": args.scheme, "--positions": args.positions}
    for option, value in given.items():
        if value:
            raise InputError(f"{option} is about code: leave it out with --task sudoku")
