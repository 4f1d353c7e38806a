"""What `diffgemma eval --task sudoku` does: measure a checkpoint on held-out puzzles, or watch it solve some."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from diffgemma_lsp.cli.exits import Exit
from diffgemma_lsp.cli.status import StatusLine
from diffgemma_lsp.errors import InputError

if TYPE_CHECKING:
    from diffgemma_lsp.models.loading import LoadedModel
    from diffgemma_lsp.training.sudoku.score import Classes


def evaluate(args: argparse.Namespace) -> Exit:
    """Measure and print a table or an object, or show puzzles. Raises an error of the tree for what is to be mended."""
    if args.model is None:
        raise InputError("no bundled checkpoint has learned Sudoku: name one made by diffgemma tune --task sudoku")
    for option, value in (("--corpus", args.corpus), ("--show", args.show), ("--scheme", args.scheme)):
        if value:
            raise InputError(f"{option} is about code: leave it out with --task sudoku")

    from diffgemma_lsp.training.sudoku.checkpoint import load
    from diffgemma_lsp.training.sudoku.examples import held_out_puzzles

    with StatusLine(sys.stderr) as status:
        loaded = load(args.model, status.progress)
        if args.watch:
            classes = held_out_puzzles(1, args.seed)
        else:
            classes = held_out_puzzles(args.cases, args.seed)
            report = _measured(loaded, classes, args.seed, status)
    if args.watch:
        _watch(loaded, classes, args.seed)
    elif args.json:
        print(json.dumps(report))
    else:
        print("\n".join(table_of(report)))
    return Exit.DONE


def table_of(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a report's Markdown table."""
    yield f"| {'clues':8} | {'way':14} | {'solved':>20} | {'cells':>7} | {'steps':>6} |"
    yield "| --- | --- | ---: | ---: | ---: |"
    for row in report["scores"]:
        low, high = row["solved_interval"]
        solved = f"{row['solved']:.1%} ({low:.1%}-{high:.1%})"
        yield f"| {row['clues']:8} | {row['way']:14} | {solved:>20} | {row['cells']:7.1%} | {row['steps']:6.1f} |"


def _measured(loaded: LoadedModel, classes: Classes, seed: int, status: StatusLine) -> dict[str, Any]:
    """Return the object: scores by class and way, the classes from easy to hard and then all of them together."""
    from diffgemma_lsp.fill import Progress
    from diffgemma_lsp.models.backend import TransformersBackend
    from diffgemma_lsp.training.sudoku.score import ALL, measure, ways

    found = {}
    answers = ways(loaded.model, TransformersBackend(loaded.model), loaded.profile.sampling, seed)
    total = len(answers) * len(classes)
    for way, answer in answers.items():
        for bounds, score in measure(answer, classes):
            found[bounds, way] = score
            status.progress(Progress("denoising", min(len(found), total), total))
    return {
        "model": loaded.name,
        "seed": seed,
        "scores": [
            {"clues": _words(bounds) if bounds != ALL else "all", "way": way, **asdict(found[bounds, way])}
            for bounds in (*classes, ALL)
            for way in answers
        ],
    }


def _words(bounds: Sequence[int]) -> str:
    return f"{bounds[0]} to {bounds[1]}"


def _watch(loaded: LoadedModel, classes: Classes, seed: int) -> None:
    """Show the first puzzle of each class while it is solved."""
    from diffgemma_lsp.cli.grids import show
    from diffgemma_lsp.models.backend import TransformersBackend
    from diffgemma_lsp.sudoku.grid import clue_count
    from diffgemma_lsp.training.sudoku.solving import denoising
    from diffgemma_lsp.training.sudoku.watching import frames

    backend = TransformersBackend(loaded.model)
    how = denoising(loaded.profile.sampling, backend.vocab_size)
    for puzzle in (puzzles[0] for puzzles in classes.values()):
        print(f"\na puzzle of {clue_count(puzzle.clues)} clues")
        last = show(frames(backend, puzzle.clues, how, seed), sys.stdout)
        print("solved" if last == puzzle.solution else "not solved")
