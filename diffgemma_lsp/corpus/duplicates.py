"""Near duplicates among modules: those that share runs of lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from diffgemma_lsp.corpus.digests import digest
from diffgemma_lsp.corpus.modules import Module

RUN_LINES = 5
REPEATED = 0.5
"""A module is a duplicate if more than this share of its runs stands in modules before it."""
LEAKED = 0.1
"""And also if more than this share stands in modules that must not be learned from."""


def runs_of(text: str) -> set[int]:
    """Return digests of all runs of five lines, without indentation, blank lines and comments of a whole line."""
    lines = [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]
    return {digest(lines[start : start + RUN_LINES]) for start in range(max(1, len(lines) - RUN_LINES + 1))}


def distinct(modules: Iterable[Module], seen: set[int], secret: frozenset[int] = frozenset()) -> Iterator[Module]:
    """Yield the modules that repeat little of what was `seen` and hardly anything `secret`; `seen` grows by them."""
    for module in modules:
        runs = runs_of(module.text)
        if len(runs & seen) <= REPEATED * len(runs) and len(runs & secret) <= LEAKED * len(runs):
            seen |= runs
            yield module
