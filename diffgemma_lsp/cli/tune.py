"""Tune a checkpoint to code of your own, or make one that solves Sudoku.

SOURCE is starter, a folder or a hub id; it stays as it is. --data is a folder
of code, into which holes are cut, or a file of JSON lines with the holes in
place: {"pieces": ["total = ", {"hole": "a + b"}, "\\n"], "path": "a.py"}.
Ignored, secret, generated and huge files are never read. One file in ten is
held out: tuning stops where its loss falls no more, and the weights are kept
that were best for it.

DIR must not be there yet. It appears when tuning has ended, and loads
wherever a model is named. Of the data it holds nothing but weights, which
can give away parts of what they learned.

Up to a billion parameters all weights learn; a larger checkpoint learns by
adapters, which are added to its weights in the end, and its own weights are
packed in memory where they do not fit otherwise. This needs the extra `train`:
pip install 'diffgemma-lsp[train]'.

The same command goes on with a run that was interrupted, from the state that
it keeps beside DIR; a larger --time or --steps lengthens it.

--task sudoku takes neither SOURCE nor --data: a small network begins from
random weights, and learns from puzzles that are made here, on two cores.

examples:
  diffgemma tune starter --data src --out ~/models/mine --time 10
  diffgemma infill src/app.py --lines 12 --model ~/models/mine
  diffgemma tune --task sudoku --out ~/models/sudoku
  diffgemma eval ~/models/sudoku --task sudoku --watch

exit codes:
  0    done
  1    the held-out loss never fell, so nothing is written
  2    bad input; one sentence says what to do
  3    a bug in this program; --debug shows the traceback
  130  interrupted; the same command goes on
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from diffgemma_lsp.cli.exits import Exit
from diffgemma_lsp.cli.interrupts import stop_requests
from diffgemma_lsp.cli.numbers import decimal, whole
from diffgemma_lsp.cli.status import StatusLine
from diffgemma_lsp.cli.streams import note
from diffgemma_lsp.cli.sudoku_tuning import SUDOKU, learn
from diffgemma_lsp.cli.tasks import TASKS, kind_of
from diffgemma_lsp.cli.tuning_view import View
from diffgemma_lsp.errors import InputError
from diffgemma_lsp.prompts.schemes import SCHEME_NAMES

_MINUTES = 10.0
_MOST_MINUTES = 60 * 24 * 30
_LAST_SEED = 2**63 - 1
_LIBRARIES = ("peft", "uniplot")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `diffgemma tune`."""
    parser.add_argument("source", metavar="SOURCE", nargs="?", help="starter, a folder or a hub id")
    parser.add_argument("--task", choices=(*TASKS, SUDOKU), default="code", help="what to tune it to (default: code)")
    parser.add_argument("--data", metavar="PATH", type=Path, help="a folder of code, or a file of JSON lines")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="the new checkpoint's folder")
    length = parser.add_mutually_exclusive_group()
    length.add_argument(
        "--time",
        metavar="MINUTES",
        type=decimal(0.01, _MOST_MINUTES),
        help="how long at most (default: 10, for Sudoku 60)",
    )
    length.add_argument("--steps", metavar="N", type=whole(1, 10**9), help="how many optimizer steps at most")
    parser.add_argument("--seed", metavar="N", type=whole(0, _LAST_SEED), default=0, help="of all that is random")
    parser.add_argument(
        "--method", choices=("full", "lora"), help="all weights, or adapters (default: by the checkpoint's size)"
    )
    parser.add_argument("--rank", metavar="N", type=whole(1, 1024), default=16, help="of adapters (default: 16)")
    parser.add_argument(
        "--scheme", choices=SCHEME_NAMES, help="how weights under adapters are kept (default: what fits)"
    )
    parser.add_argument(
        "--positions",
        metavar="N",
        type=whole(1, 10**7),
        default=0,
        help="tokens and canvas slots of a batch (default: 4608, with adapters 2048)",
    )


def run(args: argparse.Namespace) -> Exit:
    """Tune, and say where the result is. Raises an error of the tree for what the user has to mend."""
    if args.task == SUDOKU:
        return learn(args)
    if args.source is None:
        raise InputError("there is no SOURCE to tune: name a checkpoint, such as starter")
    missing = [name for name in _LIBRARIES if find_spec(name) is None]
    if missing:
        raise InputError(f"tuning needs {' and '.join(missing)}: run pip install 'diffgemma-lsp[train]'")
    with StatusLine(sys.stderr) as status, stop_requests() as is_stopped:
        status.tell("reading what to learn from")
        from diffgemma_lsp.training.tuning.plan import Wish
        from diffgemma_lsp.training.tuning.run import Budget, tune
        from diffgemma_lsp.training.tuning.session import Asked, begin, finish, open_session

        minutes = None if args.steps is not None else args.time or _MINUTES
        budget = Budget(None if minutes is None else 60 * minutes, args.steps)
        wish = Wish(args.method, args.rank, args.scheme, args.positions)
        asked = Asked(args.source, args.task, args.data, args.out, budget, args.seed, wish)
        session = open_session(asked, kind_of(args.task))
        view = View(sys.stdout, status)
        view.begins(session)
        prepared, optimizer, progress = begin(session, status.progress, is_stopped)
        view.goes_on(progress)
        for event in tune(prepared, optimizer, progress):
            view.show(event)
        if is_stopped():
            note(f"stopped after step {optimizer.steps}: the same command goes on from there")
            return Exit.INTERRUPTED
        status.tell("writing the checkpoint")
        record = finish(session, prepared, optimizer, progress)
    if record is None:
        note(
            f"the loss of held-out examples never fell below the {progress.checks[0].loss:.3f} of {session.base.name}"
            " itself, so nothing is written: give it more to learn from"
        )
        return Exit.NOTHING
    view.ends(record, args.out)
    return Exit.DONE
