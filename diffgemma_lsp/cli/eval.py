"""Measure a checkpoint on held-out code, beside fills that need no model.

The code is that of pinned packages which training never sees. They are fetched
by pip at the first use and kept in the cache folder.

  line    one line, from its start, its first character or the line before
  block   the body of a block
  span    a stretch between any two characters, of up to 181

  exact       the fill is the missing text, but for blanks at its end
  parses      the whole file parses with the fill in it
  similarity  characters in common with the missing text (difflib's ratio)
  seconds     median of a whole fill; "draft" is the median of the first draft

exit codes: as for diffgemma infill
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from diffgemma_lsp.cli.exits import Exit
from diffgemma_lsp.cli.fillers import FILLERS
from diffgemma_lsp.cli.status import StatusLine
from diffgemma_lsp.fill import Progress

if TYPE_CHECKING:
    from diffgemma_lsp.training.evaluation import Outcome, Score

_COLUMNS = ("exact", "parses", "similarity", "steps", "seconds", "draft")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `diffgemma eval`."""
    parser.add_argument("model", metavar="MODEL", nargs="?", help="starter (default), a folder or a hub id")
    parser.add_argument("--cases", metavar="N", type=int, default=200, help="of each kind (default: 200)")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of the cases and the fills (default: 0)")
    parser.add_argument("--corpus", metavar="FOLDER", type=Path, default=None, help="where the held-out code is kept")
    parser.add_argument("--json", action="store_true", help="print an object: scores by fill and kind")
    parser.add_argument("--show", metavar="N", type=int, default=0, help="print the first fills of each kind, too")


def run(args: argparse.Namespace) -> Exit:
    """Measure, print a table or an object. Raises an error of the tree for what the user has to mend."""
    from diffgemma_lsp.training.cases import CASE_KINDS, sample_cases
    from diffgemma_lsp.training.evaluation import TRIVIAL_FILLS, Score, fill_cases, trivial_outcomes
    from diffgemma_lsp.training.fetching import held_out_modules

    cases = sample_cases(held_out_modules(args.corpus or _cache_folder()), args.cases, args.seed)
    with StatusLine(sys.stderr) as status:
        filler = FILLERS["local"].open(args.model, status.progress)
        found: dict[str, list[Outcome]] = {filler.name: []}
        for outcome in fill_cases(filler, cases, args.seed):
            found[filler.name].append(outcome)
            status.progress(Progress("denoising", len(found[filler.name]), len(cases)))
    found |= {name: trivial_outcomes(name, cases) for name in TRIVIAL_FILLS}
    scores = {
        name: {kind: Score.of([outcome for outcome in outcomes if outcome.case.kind == kind]) for kind in CASE_KINDS}
        for name, outcomes in found.items()
    }
    if args.json:
        print(json.dumps({name: {kind: asdict(score) for kind, score in row.items()} for name, row in scores.items()}))
    else:
        print("\n".join(_table(scores)))
    for kind in CASE_KINDS:
        shown = [outcome for outcome in found[filler.name] if outcome.case.kind == kind][: args.show]
        print("".join(_example(outcome) for outcome in shown), end="")
    return Exit.DONE


def _table(scores: dict[str, dict[str, Score]]) -> Iterator[str]:
    """Yield the lines of a Markdown table, as a model card takes it."""
    yield f"| {'hole':5} | {'fill':20} |" + "".join(f" {name:>10} |" for name in _COLUMNS)
    yield "| --- | --- |" + " ---: |" * len(_COLUMNS)
    for kind in next(iter(scores.values())):
        for name, row in scores.items():
            score = row[kind]
            yield f"| {kind:5} | {name[:20]:20} |" + (
                f" {score.exact:10.1%} | {score.parses:10.1%} | {score.similarity:10.3f} |"
                f" {score.steps:10.1f} | {score.seconds:10.3f} | {score.first_draft_seconds:10.3f} |"
            )


def _example(outcome: Outcome) -> str:
    return f"\n{outcome.case.kind} {outcome.case.path}\n  missing {outcome.case.middle!r}\n  fill    {outcome.text!r}\n"


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "diffgemma-lsp" / "held-out"
