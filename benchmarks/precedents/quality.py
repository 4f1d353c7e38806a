"""How often a hole in held-out packages is filled with what stood there.

Each package is its own repository, as if the hole's text had never been written. Retrieval alone takes the best
precedent, the model alone starts from noise, and both is what a fill with precedents does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from statistics import mean, median
from typing import Protocol

from benchmarks.report import Row, at_least, at_most
from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.evaluation.cases import Case
from diffgemma_lsp.evaluation.repositories import KINDS, Repositories, line_cases
from diffgemma_lsp.fill import Fill, FillTask
from diffgemma_lsp.infilling.filler import DiffusionFiller
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.loading import load_model
from diffgemma_lsp.settings import Settings

SECTION = "precedents: quality"
GOALS = {"line": 0.25, "rest": 0.35, "block": 0.08, "span": 0.08}
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)


@dataclass(frozen=True, slots=True)
class Result:
    """What one case got; `chance` is what the model says of it."""

    case: Case
    text: str
    chance: float = 0.0
    steps: int = 0
    seconds: float = 0.0

    @property
    def is_right(self) -> bool:
        return self.text.rstrip() == self.case.middle.rstrip()

    @property
    def similarity(self) -> float:
        return SequenceMatcher(None, self.text, self.case.middle, autojunk=False).ratio()


def measure(modules: Sequence[Module], model: str, count: int) -> Iterator[Row]:
    """Yield how good each way is, and what a threshold lets through of both together."""
    results = results_of(line_cases(modules, count, seed=2), Repositories(modules), model)
    for way, found in results.items():
        for kind in KINDS:
            yield from _summary(way, kind, [result for result in found if result.case.kind == kind])
    both, alone = (mean(result.steps for result in results[way]) for way in ("both", "model alone"))
    yield at_most(SECTION, "steps of both, of those from noise", both / alone, 0.5, "")
    for threshold in THRESHOLDS:
        yield from _gated("all", results["both"], threshold)
    for kind in KINDS:
        yield from _gated(kind, [result for result in results["both"] if result.case.kind == kind], _shown_from())


class Tasks(Protocol):
    """Asks a case with its precedents."""

    def task(self, case: Case, seed: int) -> FillTask: ...


def results_of(cases: Iterator[Case], repositories: Tasks, model: str) -> Mapping[str, list[Result]]:
    """Return what each way makes of each case."""
    loaded = load_model(model, lambda _: None)
    filler = DiffusionFiller(TransformersBackend(loaded.model), loaded.tokenizer, loaded.profile, loaded.name)
    ways: dict[str, Callable[[Case, int], Result]] = {
        "retrieval alone": lambda case, seed: _retrieved(case, repositories.task(case, seed)),
        "model alone": lambda case, seed: _filled(filler, case, replace(repositories.task(case, seed), precedents=())),
        "both": lambda case, seed: _filled(filler, case, repositories.task(case, seed)),
    }
    results: dict[str, list[Result]] = {way: [] for way in ways}
    for number, case in enumerate(cases):
        for way, work in ways.items():
            results[way].append(work(case, number))
    return results


def _retrieved(case: Case, task: FillTask) -> Result:
    best = next(iter(task.precedents), None)
    return Result(case, best.text if best else "")


def _filled(filler: DiffusionFiller, case: Case, task: FillTask) -> Result:
    start = time.perf_counter()
    *_, fill = filler.fill(task)
    assert isinstance(fill, Fill)
    best = fill.candidates[0]
    return Result(case, best.texts[0], best.confidence, best.steps, time.perf_counter() - start)


def _summary(way: str, kind: str, results: Sequence[Result]) -> Iterator[Row]:
    exact = mean(result.is_right for result in results)
    name = f"{kind}: {way}"
    if way == "both":
        yield at_least(SECTION, f"{name}, exact", exact, GOALS[kind], "")
    else:
        yield Row(SECTION, f"{name}, exact", exact, "")
    yield Row(SECTION, f"{name}, similarity", mean(result.similarity for result in results), "")
    yield Row(SECTION, f"{name}, steps", mean(result.steps for result in results), "")
    yield Row(SECTION, f"{name}, seconds, median", median(result.seconds for result in results), "s")


def _gated(kind: str, results: Sequence[Result], threshold: float) -> Iterator[Row]:
    """Yield how many fills a threshold lets through, and how many of those are right."""
    shown = [result for result in results if result.chance >= threshold]
    share, right = len(shown) / len(results), mean([result.is_right for result in shown] or [0])
    if kind == "all" and threshold == _shown_from():
        yield at_least(SECTION, f"{kind}: shown from {threshold}", share, 0.3, "")
        yield at_least(SECTION, f"{kind}: right when shown from {threshold}", right, 0.6, "")
    else:
        yield Row(SECTION, f"{kind}: shown from {threshold}", share, "")
        yield Row(SECTION, f"{kind}: right when shown from {threshold}", right, "")


def _shown_from() -> float:
    """Return the quiet gate's usual threshold."""
    return Settings().confidence
