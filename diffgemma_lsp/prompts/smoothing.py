"""How much the n-grams of a document count beside what a model says: two numbers that are fitted to a checkpoint."""

from __future__ import annotations

from dataclasses import dataclass

from diffgemma_lsp.prompts.section import Section


@dataclass(frozen=True, slots=True)
class Smoothing:
    """What is said so far weighs as much as `prior * k**spread` tokens after a context that k different ones follow."""

    prior: float
    spread: float

    def share(self, count: int, different: int) -> float:
        """Return the share of the probability that `count` tokens get, `different` ones: 0 for none."""
        return count / (count + self.prior * different**self.spread) if count else 0.0


def read_smoothing(section: Section) -> Smoothing:
    """Read the section `ngrams` of a profile."""
    section.only(("prior", "spread"))
    return Smoothing(section.number("prior", 1000), section.number("spread", 10))
