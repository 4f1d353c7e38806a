"""Held-out code with pieces cut out of it: what a filler is measured on."""

from __future__ import annotations

import ast
import random
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from diffgemma_lsp.corpus.cuts import Cut, Kind, cut
from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.errors import InputError

_TRIES_PER_CASE = 200


@dataclass(frozen=True, slots=True)
class Case:
    """A module with a hole: `prefix + middle + suffix` is its text. `kind` is a key of `CASE_KINDS`."""

    kind: str
    package: str
    path: str
    prefix: str
    middle: str
    suffix: str


def _is_single_line(found: Cut, text: str) -> bool:
    return "\n" not in text[found.start : found.end].strip("\n")


CASE_KINDS: dict[str, tuple[Kind, Callable[[Cut, str], bool]]] = {
    "line": (Kind.LINES, _is_single_line),
    "block": (Kind.BLOCK, lambda _, __: True),
    "span": (Kind.SPAN, lambda _, __: True),
}
"""The kinds of a report: one line, the body of a block, and a span between any two characters."""


def sample_cases(modules: Sequence[Module], count: int, seed: int) -> list[Case]:
    """Return `count` cases of each kind from random places of modules that parse; the same for the same seed.

    Raises InputError when the modules offer fewer.
    """
    rng = random.Random(seed)
    whole = [module for module in modules if parses(module.text)]
    cases: list[Case] = []
    for kind in CASE_KINDS:
        found = [case for case, _ in zip(_tries(kind, whole, count, rng), range(count), strict=False)]
        if len(found) < count:
            raise InputError(
                f"{len(whole)} modules offer {len(found)} cases of kind {kind}, not {count}: ask for fewer"
            )
        cases += found
    return cases


def parses(text: str) -> bool:
    """Say whether text is a Python module of the running interpreter's version."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes in other people's code
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _tries(kind: str, modules: Sequence[Module], count: int, rng: random.Random) -> Iterator[Case]:
    cutter, fits = CASE_KINDS[kind]
    for _ in range(count * _TRIES_PER_CASE if modules else 0):
        module = rng.choice(modules)
        text = module.text
        found = cut(text, rng.randrange(len(text)), rng, cutter)
        if found is not None and fits(found, text):
            start, end = found.start, found.end
            yield Case(kind, module.package, module.path, text[:start], text[start:end], text[end:])
