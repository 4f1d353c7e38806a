"""Packages as repositories: holes in their modules, and what the rest of the package has for each."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.evaluation.cases import Case
from diffgemma_lsp.evaluation.outcomes import task_of
from diffgemma_lsp.fill import FillTask
from diffgemma_lsp.text.precedents import PrecedentIndex, find_precedents

_SHORTEST = 4
"""Characters of a line that is worth a case: a bracket alone is no line to guess."""


class Repositories:
    """An index for each package of some modules. A case is asked as if its middle had never been written."""

    def __init__(self, modules: Sequence[Module]) -> None:
        self._indexes: dict[str, PrecedentIndex] = defaultdict(PrecedentIndex)
        for module in modules:
            self._indexes[module.package].put(module.path, module.text)

    def task(self, case: Case, seed: int) -> FillTask:
        """Return the task of a case with its precedents from its package."""
        index = self._indexes[case.package]
        task = _task_in(index, case, seed)
        index.put(case.path, case.prefix + case.middle + case.suffix)
        return task


def task_in_its_file(case: Case, seed: int) -> FillTask:
    """Return the task of a case with its precedents from its own file, as if there were no other."""
    return _task_in(PrecedentIndex(), case, seed)


def _task_in(index: PrecedentIndex, case: Case, seed: int) -> FillTask:
    index.put(case.path, case.prefix + case.suffix)
    found = find_precedents(index, case.path, case.prefix, case.suffix)
    return replace(task_of(case, seed), precedents=found)


def line_cases(modules: Sequence[Module], count: int, seed: int) -> Iterator[Case]:
    """Yield `count` cases of each of `KINDS` from random lines; the same for the same seed."""
    rng = random.Random(seed)
    lines = [
        (module, row)
        for module in modules
        for row, text in enumerate(module.text.split("\n"))
        if len(text.strip()) >= _SHORTEST
    ]
    for kind, cutter in KINDS.items():
        made = 0
        while made < count:
            module, row = rng.choice(lines)
            rows = module.text.split("\n")
            span = cutter(rows, row, rng)
            if span is not None:
                offset = sum(len(text) + 1 for text in rows[:row])
                start, end = offset + span[0], offset + span[1]
                text = module.text
                yield Case(kind, module.package, module.path, text[:start], text[start:end], text[end:])
                made += 1


def packages_of(modules: Iterable[Module], names: Sequence[str]) -> list[Module]:
    """Return the modules of some packages."""
    return [module for module in modules if module.package in names]


def _line(rows: list[str], row: int, _: random.Random) -> tuple[int, int] | None:
    return _margin(rows[row]), len(rows[row])


def _rest(rows: list[str], row: int, rng: random.Random) -> tuple[int, int] | None:
    line = rows[row].rstrip()
    return rng.randrange(_margin(line) + 1, len(line)), len(rows[row])


def _block(rows: list[str], row: int, rng: random.Random) -> tuple[int, int] | None:
    """Cut 2 to 6 lines that are not blank, with the blank lines between them."""
    left = rng.randint(2, 6)
    end = row
    while end < len(rows) and left:
        left -= bool(rows[end].strip())
        end += 1
    return None if left else (_margin(rows[row]), sum(len(text) + 1 for text in rows[row:end]) - 1)


def _span(rows: list[str], row: int, rng: random.Random) -> tuple[int, int] | None:
    """Cut 1 to 181 characters, as `cuts` does."""
    start = rng.randrange(len(rows[row]) + 1)
    end = start + round(2 ** rng.uniform(0, 7.5))
    cut = "\n".join(rows[row : row + 1 + end])[start:end]
    return (start, start + len(cut)) if cut.strip() else None


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip())


KINDS: Mapping[str, Callable[[list[str], int, random.Random], tuple[int, int] | None]] = {
    "line": _line,
    "rest": _rest,
    "block": _block,
    "span": _span,
}
"""One line, the rest of one from a random column on, 2 to 6 lines, and a span; each cut starts in a given row."""
