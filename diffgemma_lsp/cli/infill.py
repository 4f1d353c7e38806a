"""Fill holes in a file with a diffusion language model.

A hole is a place that an option names, or, where none does, each <|fill|> in
the file. Lines and columns count from 1, columns in characters. Places may be
repeated and mixed; all holes are filled together. Without --write, --stdout or
--json a diff is printed that `patch` can apply. Where an engine with the same
model runs (see `diffgemma engine`), it fills; else the model is loaded for this
one time. Lines that stand in similar places of the file's repository, and what
stands between the same characters in the file, are possible answers, too; files
that are ignored or secret are never read.

examples:
  diffgemma infill app.py --at 12:5              fill in at line 12, column 5
  diffgemma infill app.py --lines 10-14 --write  rewrite five lines in place
  diffgemma infill app.py --span 10:5-12:1       rewrite a part of three lines
  diffgemma infill app.py --at 3:1 --at 9:1      fill two holes together
  diffgemma infill app.py --lines 3 --watch      see the canvas settle
  diffgemma infill - --stdout < marked.py        fill what <|fill|> marks

exit codes:
  0    filled
  1    nothing to suggest: every fill came back empty, or as it was; --stdout
       prints the file unchanged
  2    bad input, or a model that cannot do it; one sentence says what to do
  3    a bug in this program; --debug shows the traceback
  130  interrupted; the file is as it was

--json prints one object:
  path         as it was named; - is standard input
  model        the checkpoint's name
  follows_instructions  whether --instruction could have an effect
  written      whether the file was written
  fills        one for each hole, in order; none if there is nothing to suggest
    text         what belongs in the place of span
    span         start and end (not included) in the file as it was, each with
                 line, column and offset; offsets count characters from 0, a
                 line end as one; a marked hole's span is that of its marker
    tokens       the model's tokens; joined they are text, unless there is none
                 and text is what stands there
    confidence   the model's probability of each token
  confidence   the geometric mean over all tokens
  score        what ranks candidates, higher is better
  steps        denoising steps, or tokens if left_to_right
  stopped      why there were no more: stable, steps or budget
  precedent    null, or what the fill started from: path (in the repository),
               line, likeness (about 0 to 3) and changed, the share that differs
  left_to_right  whether it was not denoised but written token by token
  candidates   only where there are several: all of them, best first, each with
               fills, confidence, score, steps, stopped, precedent and
               left_to_right
  timings      prefill_seconds, denoising_seconds, first_draft_seconds,
               total_seconds, prompt_tokens, cached_tokens
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace

from diffgemma_lsp.cli.asking import fill_events
from diffgemma_lsp.cli.exits import Exit
from diffgemma_lsp.cli.explain import explanation
from diffgemma_lsp.cli.files import Source, check_writable, read_source, replace_file
from diffgemma_lsp.cli.fillers import FILLERS
from diffgemma_lsp.cli.numbers import whole
from diffgemma_lsp.cli.places import find_places
from diffgemma_lsp.cli.precedents import precedents_of
from diffgemma_lsp.cli.record import fill_record
from diffgemma_lsp.cli.scheme import add_scheme, scheme_for
from diffgemma_lsp.cli.screens import Screen, open_screen
from diffgemma_lsp.cli.show import show_bytes, show_diff, show_json
from diffgemma_lsp.cli.streams import note
from diffgemma_lsp.cli.suggestions import Outcome, outcome_of
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.errors import InputError
from diffgemma_lsp.fill import Draft, Event, Fill, FillTask, Progress
from diffgemma_lsp.fill.holes import cut_at
from diffgemma_lsp.fill.windows import cut_window
from diffgemma_lsp.text import Document, language_of
from diffgemma_lsp.text.window import Window

# Steps are counted in 32 bits where temperatures are computed, and 64 bits seed a random generator.
_MOST = 2**31 - 1
_LAST_SEED = 2**63 - 1
# All candidates are denoised in one batch; more than these nobody reads.
_MOST_CANDIDATES = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `diffgemma infill`."""
    parser.add_argument("file", metavar="FILE", help="the file, or - for standard input")
    where = parser.add_argument_group("where the holes are")
    for option, form, meaning in (
        ("--at", "LINE:COL", "fill in here"),
        ("--lines", "FIRST-LAST", "rewrite these lines; one number is one line"),
        ("--span", "LINE:COL-LINE:COL", "rewrite from the first position up to the second"),
    ):
        where.add_argument(option, metavar=form, action="append", default=[], help=meaning)
    how = parser.add_argument_group("how to fill them")
    number = whole(1, _MOST)
    how.add_argument("--instruction", metavar="TEXT", help="what to write, for a model that follows instructions")
    how.add_argument(
        "--candidates", metavar="N", type=whole(1, _MOST_CANDIDATES), default=1, help="answers to choose from"
    )
    how.add_argument("--seed", metavar="N", type=whole(0, _LAST_SEED), help="the same seed gives the same fill")
    how.add_argument("--steps", metavar="N", type=number, help="denoising steps at most")
    how.add_argument("--max-tokens", metavar="N", type=number, help="tokens in a hole at most")
    how.add_argument("--budget-ms", metavar="N", type=number, help="take what stands after this time")
    how.add_argument("--engine", choices=FILLERS, default="local", help="who fills (default: local)")
    how.add_argument(
        "--model",
        metavar="NAME",
        help="starter (default), a folder or a hub id; with --engine fake a script, with --engine vllm its settings"
        " (default: ~/.config/diffgemma/vllm.toml), both in TOML",
    )
    add_scheme(how)
    how.add_argument("--keep", action="store_true", help="start the engine that stays in memory, unless it runs")
    how.add_argument(
        "--no-precedents", action="store_true", help="use what the model makes alone, and read no other file"
    )
    output = parser.add_argument_group("what to do with the fill")
    output.add_argument("--write", action="store_true", help="edit the file in place")
    output.add_argument("--stdout", action="store_true", help="print the new file")
    output.add_argument("--json", action="store_true", help="print an object, described below")
    output.add_argument("--explain", action="store_true", help="say where each candidate comes from")
    output.add_argument("--watch", action="store_true", help="show the canvas while it settles")


def run(args: argparse.Namespace) -> Exit:
    """Fill the holes of a file and show, print or write the result. Raises an error of the tree for bad input."""
    _check_outputs(args)
    source = read_source(args.file)
    if args.write and source.path:
        check_writable(source.path)
    language = language_of(args.file)
    document = Document.from_bytes(source.data, source.name, reads_coding_line=language in ("python", ""))
    places = find_places(document.text, source.name, args.at, args.lines, args.span)
    task = FillTask(
        pieces=cut_window(document.text, places, Window(), language),
        language=language,
        path="" if source.path is None else str(source.path.absolute()),
        instruction=args.instruction,
        precedents=() if args.no_precedents else precedents_of(source.path, document.text, places),
        candidates=args.candidates,
        seed=args.seed,
        max_tokens=args.max_tokens,
        max_steps=args.steps,
        budget_seconds=args.budget_ms and args.budget_ms / 1000,
    )
    with open_screen(task, args.watch, sys.stderr) as screen:
        spec = EngineSpec(args.engine, args.model, scheme=scheme_for(args.engine, args.scheme))
        fill = _fill(fill_events(spec, task, screen.progress, note, starts=args.keep), screen)
    if args.instruction and not fill.follows_instructions:
        note(f"{fill.model} refills and does not follow instructions, so --instruction had no effect")
    outcome = outcome_of(fill, replace(task, pieces=cut_at(document.text, places)), document, places)
    if not outcome.suggestions:
        note(f"there is nothing to suggest for {source.name}; try another --seed, or more --steps")
    if args.explain:
        for number, suggestion in enumerate(outcome.suggestions, start=1):
            note(explanation(number, suggestion.candidate))
    _deliver(args, source, outcome)
    return Exit.DONE if outcome.suggestions else Exit.NOTHING


def _deliver(args: argparse.Namespace, source: Source, outcome: Outcome) -> None:
    """Write first and print then: what is printed has happened."""
    best = next(iter(outcome.suggestions), None)
    data = best.document.to_bytes() if best else source.data
    if args.write and source.path and best:
        replace_file(source.path, source.data, data)
        note(f"{source.name} is filled and written")
    if args.json:
        show_json(fill_record(args.file, outcome, is_written=args.write and best is not None))
    elif args.stdout:
        show_bytes(data)
    elif best and not args.write:
        show_diff(outcome, args.file)


def _fill(events: Generator[Event, None, None], screen: Screen) -> Fill:
    """Show events, and return the fill that they end with."""
    fill: Fill | None = None
    with closing(events):
        for event in events:
            if isinstance(event, Progress):
                screen.progress(event)
            elif isinstance(event, Draft):
                screen.draft(event)
            else:
                fill = event
    assert fill, "a filler ends with a fill"
    return fill


def _check_outputs(args: argparse.Namespace) -> None:
    if args.write and args.file == "-":
        raise InputError("standard input cannot be written in place; use --stdout")
    if args.stdout and (args.write or args.json):
        other = "--write" if args.write else "--json"
        raise InputError(f"--stdout and {other} do not go together; use one of them")
