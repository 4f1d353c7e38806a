"""`python -m diffgemma_lsp.training.quality REPORT EXAMPLES --card FILE`: put an evaluation into a model card.

Both are what `diffgemma eval --json` printed, one for the figures, and one with `--show` whose fills are examples. The
section Quality of the card is written anew.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.evaluation.cases import CASE_KINDS

_MOST_EXAMPLES = 20
_HEAD, _NEXT = "## Quality\n", "## Limits\n"
_FILLS = {"empty": "nothing", "pass": "`pass`"}


def section(report: Mapping[str, Any], examples: Mapping[str, Any], day: date) -> str:
    """Return the section: scores beside those of other fills, what confidences are worth, and examples."""
    cases = _cases(report)
    shown = examples["examples"][:_MOST_EXAMPLES]
    return "\n".join(
        (
            _HEAD,
            f"{cases} holes of each kind in held-out packages (`diffgemma eval --cases {cases}`, seed {report['seed']},"
            f" {day}), beside the same weights from left to",
            "right and fills that need no model. Its own fills are denoised, or lines that its encoder wrote, helped",
            "by the n-grams of the hole's own file, if its profile has `beams`. Precedents are what stands in similar",
            "places of a hole's package, as an editor has it, or of its own file, where there is no other; the other",
            "rows, the confidences and the examples are without.",
            "",
            *_scores(report),
            "",
            "The confidences that users see are those that `profile.toml` calibrates, on validation packages: all",
            "tokens of an only hole have the probability that it is right as a whole, so the text up to one of them is",
            "right more often. On these held-out holes they say:",
            "",
            *_reliability(report),
            "",
            f"The first {len(shown)} fills that `diffgemma eval --cases {_cases(examples)} --show {_cases(examples)}"
            f" --seed {examples['seed']}` shows, drawn by that seed:",
            "",
            "```",
            *(line for example in shown for line in _example(example)),
            "```",
            "",
            "",
        )
    )


def rewritten(card: str, new: str) -> str:
    """Return a card with `new` in the place of its section Quality, or before its section Limits.

    Raises InputError for a card without that.
    """
    if _NEXT not in card:
        raise InputError(f'the card has no section "{_NEXT.strip()}": write it by the stage export')
    before, _, after = card.partition(_NEXT)
    return before.partition(_HEAD)[0] + new + _NEXT + after


def _cases(report: Mapping[str, Any]) -> int:
    return int(next(iter(report["scores"][report["model"]].values()))["cases"])


def _scores(report: Mapping[str, Any]) -> Iterator[str]:
    model = report["model"]
    yield "| hole | fill | exact (95 %) | file parses | edit similarity | steps or tokens |"
    yield "| --- | --- | ---: | ---: | ---: | ---: |"
    for kind in CASE_KINDS:
        for name, by_kind in report["scores"].items():
            score = by_kind[kind]
            low, high = (100 * share for share in score["exact_interval"])
            # What else a model does is called by the model's name first.
            shown = _FILLS.get(name, name.removeprefix(f"{model}, "))
            yield (
                f"| {kind} | {shown} | {100 * score['exact']:.1f} % ({low:.1f}-{high:.1f}) |"
                f" {100 * score['parses']:.0f} % | {score['similarity']:.2f} | {score['steps']:.1f} |"
            )


def _reliability(report: Mapping[str, Any]) -> Iterator[str]:
    yield "| confidence in a token | tokens | the text up to it is right |"
    yield "| --- | ---: | ---: |"
    for row in report["reliability"]:
        if row["tokens"]:
            yield (
                f"| {100 * row['low']:.0f} % to {100 * row['high']:.0f} %, mean {100 * row['confidence']:.0f} % |"
                f" {row['tokens']:,} | {100 * row['right']:.0f} % |"
            )


def _example(example: Mapping[str, Any]) -> Iterator[str]:
    yield f"{example['kind']} {example['path']}"
    yield f"  missing {example['missing']!r}"
    yield f"  fill    {example['fill']!r}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit code."""
    parser = argparse.ArgumentParser("python -m diffgemma_lsp.training.quality", description=__doc__)
    parser.add_argument("report", metavar="REPORT", type=Path, help="of `diffgemma eval --cases 150 --json`")
    parser.add_argument("examples", metavar="EXAMPLES", type=Path, help="of `... --cases 7 --show 7 --seed 20 --json`")
    parser.add_argument("--card", metavar="FILE", type=Path, required=True, help="the model card")
    options = parser.parse_args(arguments)
    try:
        report, examples = _read(options.report), _read(options.examples)
        card = options.card.read_text(encoding="utf-8")
        options.card.write_text(rewritten(card, section(report, examples, date.today())), encoding="utf-8")
    except (InputError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _read(file: Path) -> Mapping[str, Any]:
    try:
        report = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        report = None
    if not isinstance(report, dict) or not {"model", "scores", "reliability", "examples"} <= report.keys():
        raise InputError(f"{file} holds no evaluation: write it by `diffgemma eval --json`")
    return report


if __name__ == "__main__":
    sys.exit(main())
