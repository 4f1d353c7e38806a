"""What `diffgemma eval` found, as one object and as Markdown tables, which a model card takes as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from diffgemma_lsp.evaluation.cases import CASE_KINDS
from diffgemma_lsp.evaluation.outcomes import Outcome, Score
from diffgemma_lsp.evaluation.reliability import gated, reliability
from diffgemma_lsp.settings import Settings

_COLUMNS = ("parses", "similarity", "steps", "seconds", "draft")
_THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def with_precedents(model: str) -> str:
    """Return what the fills of a model that also starts from precedents are called."""
    return f"{model}, precedents"


def report_of(found: Mapping[str, Sequence[Outcome]], seed: int, shown: int) -> dict[str, Any]:
    """Return the object: scores by fill and kind, and reliability of the first filler, whose fills are shown.

    The gate is that of its fills with precedents, where it uses them.
    """
    model, outcomes = next(iter(found.items()))
    suggested = found.get(with_precedents(model), outcomes)
    setting = Settings().confidence
    return {
        "model": model,
        "seed": seed,
        "scores": {
            name: {kind: asdict(Score.of(_of_kind(kind, outcomes))) for kind in CASE_KINDS}
            for name, outcomes in found.items()
        },
        "reliability": [asdict(row) for row in reliability(outcomes)],
        "gate": {
            "setting": setting,
            **{
                kind: [
                    asdict(gated(_of_kind(kind, suggested), threshold)) for threshold in sorted({*_THRESHOLDS, setting})
                ]
                for kind in CASE_KINDS
            },
        },
        "examples": [_example(outcome) for kind in CASE_KINDS for outcome in _of_kind(kind, outcomes)[:shown]],
    }


def tables_of(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of the report's tables and examples."""
    yield from _scores(report["scores"])
    yield from ("", *_reliability(report["reliability"]))
    yield from ("", *_gate(report["gate"]))
    for example in report["examples"]:
        yield from ("", f"{example['kind']} {example['path']}")
        yield from (f"  missing {example['missing']!r}", f"  fill    {example['fill']!r}")


def _scores(scores: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[str]:
    yield f"| {'hole':5} | {'fill':24} | {'exact':>20} |" + "".join(f" {name:>10} |" for name in _COLUMNS)
    yield "| --- | --- |" + " ---: |" * (1 + len(_COLUMNS))
    for kind in CASE_KINDS:
        for name, row in scores.items():
            score = row[kind]
            yield f"| {kind:5} | {name[:24]:24} | {_share(score['exact'], score['exact_interval']):>20} |" + (
                f" {score['parses']:10.1%} | {score['similarity']:10.3f} |"
                f" {score['steps']:10.1f} | {score['seconds']:10.3f} | {score['first_draft_seconds']:10.3f} |"
            )


def _reliability(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "| confidence | tokens | mean | right |"
    yield "| --- | ---: | ---: | ---: |"
    for row in rows:
        yield (
            f"| {row['low']:.1f} to {row['high']:.1f} | {row['tokens']:6} |"
            f" {row['confidence']:.1%} | {row['right']:.1%} |"
        )


def _gate(gate: Mapping[str, Any]) -> Iterator[str]:
    yield "| threshold |" + "".join(f" {kind} shown | right when shown |" for kind in CASE_KINDS)
    yield "| --- |" + " ---: | ---: |" * len(CASE_KINDS)
    for rows in zip(*(gate[kind] for kind in CASE_KINDS), strict=True):
        threshold = rows[0]["threshold"]
        mark = " (setting)" if threshold == gate["setting"] else ""
        yield f"| {threshold:.2f}{mark} |" + "".join(
            f" {row['shown']:.1%} | {_share(row['right'], row['right_interval']) if row['shown'] else '-'} |"
            for row in rows
        )


def _share(share: float, interval: Sequence[float]) -> str:
    return f"{share:.1%} ({interval[0]:.1%}-{interval[1]:.1%})"


def _of_kind(kind: str, outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.case.kind == kind]


def _example(outcome: Outcome) -> dict[str, Any]:
    case = outcome.case
    return {"kind": case.kind, "path": case.path, "missing": case.middle, "fill": outcome.text}
