"""What a confidence is worth: how often tokens are right that have it, and what a gate on it lets through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import mean

from diffgemma_lsp.evaluation.interval import Interval, wilson
from diffgemma_lsp.evaluation.outcomes import Outcome
from diffgemma_lsp.fill.events import join_tokens
from diffgemma_lsp.fill.quiet import confident_lines

BINS = 10


@dataclass(frozen=True, slots=True)
class Reliability:
    """The tokens whose confidence is in `[low, high)`, or up to 1: their mean confidence, and how many are right."""

    low: float
    high: float
    tokens: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Gated:
    """What a threshold lets through: the share of cases that show anything, and of those the share that is right."""

    threshold: float
    cases: int
    shown: float
    right: float
    right_interval: Interval


def reliability(outcomes: Iterable[Outcome]) -> tuple[Reliability, ...]:
    """Return the bins that hold tokens, in order. Blank tokens are left out, as the gate does.

    A token is right if the missing text begins with the fill as far as it goes up to it.
    """
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, is_right in (token for outcome in outcomes for token in judged(outcome)):
        bins[min(int(confidence * BINS), BINS - 1)].append((confidence, is_right))
    return tuple(
        Reliability(
            low=number / BINS,
            high=(number + 1) / BINS,
            tokens=len(tokens),
            confidence=mean(confidence for confidence, _ in tokens),
            right=mean(is_right for _, is_right in tokens),
        )
        for number, tokens in enumerate(bins)
        if tokens
    )


def gated(outcomes: Sequence[Outcome], threshold: float) -> Gated:
    """Return what the quiet gate would show of at least one outcome, and how often that is right.

    A text is right if it is the missing one, or whole lines that this begins with.
    """
    texts = [(join_tokens(confident_lines(outcome.tokens, threshold)), outcome) for outcome in outcomes]
    shown = [(text, outcome) for text, outcome in texts if text.strip()]
    right = sum(_begins(text, outcome.case.middle) for text, outcome in shown)
    share = right / len(shown) if shown else 0.0
    return Gated(threshold, len(outcomes), len(shown) / len(outcomes), share, wilson(right, len(shown)))


def judged(outcome: Outcome) -> Iterator[tuple[float, bool]]:
    """Yield the confidence of each token that is not blank, and whether it is right."""
    text = ""
    for token in outcome.tokens:
        text += token.text
        if token.text.strip():
            yield token.confidence, outcome.case.middle.startswith(text)


def _begins(text: str, missing: str) -> bool:
    return f"{missing.rstrip()}\n".startswith(f"{text.rstrip()}\n")
