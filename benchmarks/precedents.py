"""`python -m benchmarks.precedents --corpus FOLDER [--model starter] [--cases 100] [--quick]`: precedents, measured.

Two parts. What the index costs, on copies of the corpus up to 200,000 lines. And how often a hole in three held-out
packages, which no calibration was fitted on, is filled with what stood there: by retrieval alone, by the model alone,
and by both, each package being its own repository.
"""

from __future__ import annotations

import argparse
import random
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial
from pathlib import Path
from statistics import mean, median, quantiles
from typing import TypeVar

from benchmarks import report
from benchmarks.report import Row, at_least, under
from diffgemma_lsp.fill import Fill
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.filler import DiffusionFiller
from diffgemma_lsp.models.loading import load_model
from diffgemma_lsp.text.precedents import PrecedentIndex, find_precedents
from diffgemma_lsp.training.cases import Case
from diffgemma_lsp.training.corpus import Module
from diffgemma_lsp.training.folder import modules_of
from diffgemma_lsp.training.repositories import KINDS, Repositories, line_cases

LINES = 200_000
SHOWN_FROM = 0.4
"""The quiet gate's usual threshold."""
GOALS = {"line": 0.25, "rest": 0.35, "block": 0.08}
SECTION = "precedents"
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Result:
    """What one case got."""

    case: Case
    text: str
    chance: float
    steps: int
    seconds: float

    @property
    def is_right(self) -> bool:
        return self.text.rstrip() == self.case.middle.rstrip()

    @property
    def similarity(self) -> float:
        return SequenceMatcher(None, self.text, self.case.middle, autojunk=False).ratio()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.precedents", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="folder with the held-out packages")
    parser.add_argument("--model", default="starter", help="starter, a folder or a hub id (default: starter)")
    parser.add_argument("--cases", type=int, default=100, help="of each kind (default: 100)")
    parser.add_argument("--out", type=Path, help="where JSON goes, if anywhere")
    options = parser.parse_args()
    modules = modules_of(options.corpus)
    rows = [*index_rows(modules), *quality_rows(modules, options.model, options.cases)]
    if options.out:
        report.write(SECTION, rows, options.model, options.out)
    print(report.table(rows))


def index_rows(modules: Sequence[Module]) -> Iterator[Row]:
    """Yield what building, asking and editing an index costs."""
    copies = list(_copies(modules))
    tracemalloc.start()
    held = _build(copies)
    mebibytes = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    seconds, _ = _timed(lambda: _build(copies))
    yield Row(SECTION, "lines held", len(held), "lines")
    yield under(SECTION, "building", seconds, 5, "s")
    yield under(SECTION, "memory while building", mebibytes, 150, "MiB")
    # The least of three counts: what else runs on the machine is no cost of a query.
    asked = [partial(_ask, held, case) for case in line_cases(modules, 100, seed=3)]
    queries = [1000 * min(_timed(ask)[0] for _ in range(3)) for ask in asked]
    yield under(SECTION, "query, median", median(queries), 5, "ms")
    yield under(SECTION, "query, 99th of 100", quantiles(queries, n=100)[98], 20, "ms")
    edits = [1000 * seconds for seconds in _edits(held, max(copies, key=lambda copy: len(copy[1])))]
    yield under(SECTION, "edit in the longest file, median", median(edits), 1, "ms")


def _copies(modules: Sequence[Module]) -> Iterator[tuple[str, str]]:
    """Yield files of `LINES` lines in all; copies differ in their names, so that words stay as rare as they are."""
    left = LINES
    number = 0
    while left > 0:
        for module in modules:
            text = module.text if number == 0 else module.text.replace("self.", f"self.c{number}_")
            left -= sum(1 for line in text.split("\n") if line.strip())
            if left < 0:
                return
            yield f"{number}/{module.path}", text
        number += 1


def _build(files: Sequence[tuple[str, str]]) -> PrecedentIndex:
    index = PrecedentIndex()
    for path, text in files:
        index.put(path, text)
    return index


def _ask(index: PrecedentIndex, case: Case) -> object:
    return find_precedents(index, f"0/{case.path}", case.prefix, case.suffix)


def _edits(index: PrecedentIndex, file: tuple[str, str]) -> Iterator[float]:
    path, text = file
    rows = text.split("\n")
    rng = random.Random(1)
    for _ in range(200):
        row = rng.randrange(len(rows))
        if rng.random() < 0.2:
            rows.insert(row, "    value = other.call(1)")
        else:
            rows[row] += "x"
        text = "\n".join(rows)
        yield _timed(partial(index.put, path, text))[0]


def _timed(work: Callable[[], _Result]) -> tuple[float, _Result]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def quality_rows(modules: Sequence[Module], model: str, count: int) -> Iterator[Row]:
    """Yield how good retrieval, the model and both together are, on packages that nothing was fitted on."""
    cases = list(line_cases(modules, count, seed=2))
    repositories = Repositories(modules)
    loaded = load_model(model, lambda _: None)
    filler = DiffusionFiller(TransformersBackend(loaded.model), loaded.tokenizer, loaded.profile, loaded.name)
    ways: dict[str, Callable[[Case, int], Result]] = {
        "retrieval alone": lambda case, seed: _retrieved(repositories, case, seed),
        "model alone": lambda case, seed: _filled(filler, repositories, case, seed, 0),
        "both": lambda case, seed: _filled(filler, repositories, case, seed, 8),
    }
    for way, work in ways.items():
        results = [work(case, number) for number, case in enumerate(cases)]
        for kind in KINDS:
            yield from _summary(way, kind, [result for result in results if result.case.kind == kind])
        if way == "both":
            yield from _curve(results)


def _retrieved(repositories: Repositories, case: Case, seed: int) -> Result:
    seconds, task = _timed(lambda: repositories.task(case, seed))
    best = next(iter(task.precedents), None)
    return Result(case, best.text if best else "", 0.0, 0, seconds)


def _filled(filler: DiffusionFiller, repositories: Repositories, case: Case, seed: int, precedents: int) -> Result:
    task = repositories.task(case, seed, precedents)
    *_, fill = filler.fill(task)
    assert isinstance(fill, Fill)
    best = fill.candidates[0]
    return Result(case, best.texts[0], best.confidence, best.steps, fill.timings.total_seconds)


def _summary(way: str, kind: str, results: Sequence[Result]) -> Iterator[Row]:
    exact = mean(result.is_right for result in results)
    name = f"{kind}: {way}"
    if way == "both":
        yield at_least(SECTION, f"{name}, exact", exact, GOALS[kind], "")
    else:
        yield Row(SECTION, f"{name}, exact", exact, "")
    yield Row(SECTION, f"{name}, similarity", mean(result.similarity for result in results), "")
    yield Row(SECTION, f"{name}, steps", mean(result.steps for result in results), "")
    yield Row(SECTION, f"{name}, seconds", median(result.seconds for result in results), "s")


def _curve(results: Sequence[Result]) -> Iterator[Row]:
    """Yield how many fills a threshold lets through, and how many of those are right."""
    for threshold in (0.2, 0.3, SHOWN_FROM, 0.5, 0.6, 0.7):
        shown = [result for result in results if result.chance >= threshold]
        share, right = len(shown) / len(results), mean([result.is_right for result in shown] or [0])
        if threshold == SHOWN_FROM:
            yield at_least(SECTION, f"shown from {threshold}", share, 0.3, "")
            yield at_least(SECTION, f"right when shown from {threshold}", right, 0.6, "")
        else:
            yield Row(SECTION, f"shown from {threshold}", share, "")
            yield Row(SECTION, f"right when shown from {threshold}", right, "")


if __name__ == "__main__":
    main()
