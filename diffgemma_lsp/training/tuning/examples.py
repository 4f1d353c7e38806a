"""Held-out texts with holes, and how many of them a filler fills with just what was there."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from diffgemma_lsp.corpus.cuts import Cut, Kind, cut
from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.fill import Fill, Filler, FillTask, Hole
from diffgemma_lsp.fill.task import Piece
from diffgemma_lsp.fill.trimmed import trim_candidate
from diffgemma_lsp.text import language_of
from diffgemma_lsp.training.tuning.task import Quality

MOST_FILLS = 16
"""Held-out examples that are filled at a time: more would take longer than learning does."""
_KINDS = (Kind.LINES, Kind.REST_OF_LINE)
_TRIES = 40


@dataclass(frozen=True, slots=True)
class Example:
    """A text and the holes in it, in order."""

    path: str
    text: str
    holes: tuple[Cut, ...]

    @property
    def task(self) -> FillTask:
        """What a filler is asked; the holes say nothing of what stood there."""
        pieces: list[Piece] = []
        begin = 0
        for hole in self.holes:
            pieces += [self.text[begin : hole.start], Hole()]
            begin = hole.end
        pieces.append(self.text[begin:])
        kept = tuple(piece for piece in pieces if piece != "")
        return FillTask(kept, language=language_of(self.path), path=self.path, seed=0)

    def is_right(self, texts: Sequence[str]) -> bool:
        """Say whether fills of the holes are what was there, but for blanks at their ends."""
        missing = (self.text[hole.start : hole.end] for hole in self.holes)
        return all(text.rstrip() == hole.rstrip() for text, hole in zip(texts, missing, strict=True))


def measure(filler: Filler, examples: Sequence[Example]) -> Quality:
    """Return how good the fills of at least one example are."""
    right: list[bool] = []
    steps: list[int] = []
    for example in examples:
        task = example.task
        *_, fill = filler.fill(task)
        assert isinstance(fill, Fill)
        best = trim_candidate(task, fill.candidates[0], ends_file_with_newline=example.text.endswith("\n"))
        right.append(example.is_right(best.texts))
        steps.append(best.steps)
    return Quality(mean(right), mean(steps), len(examples))


def examples_of(modules: Sequence[Module], count: int, seed: int) -> list[Example]:
    """Return up to `count` examples with one hole in a line each, cut at random places: the same for the same seed."""
    rng = random.Random(seed)
    found: list[Example] = []
    for _ in range(count * _TRIES):
        if len(found) == count:
            break
        module = rng.choice(modules)
        hole = cut(module.text, rng.randrange(len(module.text)), rng, rng.choice(_KINDS))
        if hole is not None and "\n" not in module.text[hole.start : hole.end].strip("\n"):
            found.append(Example(module.path, module.text, (hole,)))
    return found
