"""Measure a checkpoint on Python code, beside fills that need no model.

The code is that of pinned packages which training never sees; they are fetched
by pip at the first use and kept in the cache folder. Or it is that of any
folder, by --corpus: how good is the model on my repository?

  line    one line, from its start, its first character or the line before
  block   the body of a block
  span    a stretch between any two characters, of up to 181

  exact       the fill is the missing text, but for blanks at its end; in
              brackets where the true share lies, at 95 % (Wilson)
  parses      the whole file parses with the fill in it
  similarity  characters in common with the missing text (difflib's ratio)
  seconds     median of a whole fill; "draft" is the median of the first draft

"precedents" is what an editor gets: the same, with what stands elsewhere in the
code to start from. "left to right" and "prefix only" are the same weights,
writing token by token with the suffix in the prompt, and without any.

Two tables follow. The first says what a token's confidence is worth where there
are no precedents: how often the text up to it is right. The second says what
the quiet gate of automatic suggestions would show, by threshold, with
precedents where the model uses them, and how often that is right: the missing
text, or whole lines that it begins with.

--task sudoku measures a checkpoint that `diffgemma tune --task sudoku` made, on
puzzles from grids that training never draws, by their number of clues: one
attempt each, until it is sure, to the last step, and from left to right.

exit codes: as for diffgemma infill
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from diffgemma_lsp.cli.exits import Exit
from diffgemma_lsp.cli.fillers import FILLERS
from diffgemma_lsp.cli.numbers import whole
from diffgemma_lsp.cli.scheme import add_scheme
from diffgemma_lsp.cli.status import StatusLine
from diffgemma_lsp.cli.sudoku import evaluate
from diffgemma_lsp.errors import InputError
from diffgemma_lsp.fill import Filler, FillTask, Progress

if TYPE_CHECKING:
    from diffgemma_lsp.evaluation.cases import Case
    from diffgemma_lsp.evaluation.outcomes import Outcome
    from diffgemma_lsp.evaluation.repositories import Repositories

_MOST_CASES = 100_000
_LAST_SEED = 2**63 - 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `diffgemma eval`."""
    number = whole(1, _MOST_CASES)
    parser.add_argument("model", metavar="MODEL", nargs="?", help="starter (default), a folder or a hub id")
    parser.add_argument("--task", choices=("code", "sudoku"), default="code", help="what to measure (default: code)")
    add_scheme(parser)
    parser.add_argument(
        "--cases", metavar="N", type=number, default=40, help="of each kind (default: 40, some minutes)"
    )
    parser.add_argument(
        "--seed", metavar="N", type=whole(0, _LAST_SEED), default=0, help="of the cases and the fills (default: 0)"
    )
    parser.add_argument("--corpus", metavar="FOLDER", type=Path, help="measure on the Python code in this folder")
    parser.add_argument("--json", action="store_true", help="print an object with all of it")
    parser.add_argument(
        "--show", metavar="N", type=whole(0, _MOST_CASES), default=0, help="print the first fills of each kind, too"
    )
    parser.add_argument("--watch", action="store_true", help="with --task sudoku: show one puzzle of each kind settle")


def run(args: argparse.Namespace) -> Exit:
    """Measure, print tables or an object. Raises an error of the tree for what the user has to mend."""
    if args.task == "sudoku":
        return evaluate(args)
    if args.watch:
        raise InputError("--watch shows a Sudoku: add --task sudoku")
    # What cannot be loaded is refused at once, not after the seconds that an import and the cases take.
    FILLERS["local"].describe(args.model)

    from diffgemma_lsp.cli.eval_report import report_of, tables_of
    from diffgemma_lsp.corpus.fetching import held_out_modules
    from diffgemma_lsp.corpus.folder import modules_of
    from diffgemma_lsp.evaluation.cases import sample_cases
    from diffgemma_lsp.evaluation.outcomes import TRIVIAL_FILLS, trivial_outcomes
    from diffgemma_lsp.evaluation.repositories import Repositories

    modules = held_out_modules(_cache_folder()) if args.corpus is None else modules_of(args.corpus)
    cases = sample_cases(modules, args.cases, args.seed)
    with StatusLine(sys.stderr) as status:
        found = _measured(args, cases, Repositories(modules), status)
    found |= {name: trivial_outcomes(name, cases) for name in TRIVIAL_FILLS}
    report = report_of(found, args.seed, args.show)
    if args.json:
        print(json.dumps(report))
    else:
        print("\n".join(tables_of(report)))
    return Exit.DONE


def _measured(
    args: argparse.Namespace, cases: Sequence[Case], repositories: Repositories, status: StatusLine
) -> dict[str, list[Outcome]]:
    """Return what a checkpoint makes of the cases: by denoising first, then in the other ways that it can."""
    from diffgemma_lsp.cli.eval_report import with_precedents
    from diffgemma_lsp.evaluation.left_to_right import left_to_right_fillers
    from diffgemma_lsp.evaluation.outcomes import fill_cases, task_of
    from diffgemma_lsp.evaluation.repositories import task_in_its_file
    from diffgemma_lsp.infilling.filler import DiffusionFiller
    from diffgemma_lsp.models.backend import TransformersBackend
    from diffgemma_lsp.models.loading import load_model
    from diffgemma_lsp.models.names import STARTER

    loaded = load_model(args.model or STARTER, status.progress, args.scheme)
    denoising = DiffusionFiller(TransformersBackend(loaded.model), loaded.tokenizer, loaded.profile, loaded.name)
    ways: dict[str, tuple[Filler, Callable[[Case, int], FillTask]]] = {denoising.name: (denoising, task_of)}
    if loaded.profile.precedents is not None:
        ways[with_precedents(denoising.name)] = denoising, repositories.task
        ways[f"{denoising.name}, own file"] = denoising, task_in_its_file
    ways |= {filler.name: (filler, task_of) for filler in left_to_right_fillers(loaded)}
    found: dict[str, list[Outcome]] = {name: [] for name in ways}
    for name, (filler, ask) in ways.items():
        for outcome in fill_cases(filler, cases, args.seed, ask):
            found[name].append(outcome)
            done = sum(map(len, found.values()))
            status.progress(Progress("denoising", done, len(cases) * len(ways)))
    return found


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "diffgemma-lsp" / "held-out"
