"""What an index costs, in time of the processor: building it, asking it, and keeping it current."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from statistics import median, quantiles
from typing import TypeVar

from benchmarks.report import Row, under
from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.evaluation.cases import Case
from diffgemma_lsp.evaluation.repositories import line_cases
from diffgemma_lsp.text.precedents import PrecedentIndex, find_precedents

LINES = 200_000
SECTION = "precedents: costs"
_Result = TypeVar("_Result")


def measure(modules: Sequence[Module]) -> Iterator[Row]:
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
    # The least of three counts: what else runs on the machine empties caches, too.
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
    start = time.process_time()
    result = work()
    return time.process_time() - start, result
