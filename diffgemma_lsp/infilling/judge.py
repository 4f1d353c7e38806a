"""Which answer for an only hole is the best, and how likely it is to be right."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from diffgemma_lsp.infilling.answer import Answer
from diffgemma_lsp.infilling.starts import Start
from diffgemma_lsp.prompts.calibration import Calibration, Features, log_confidence, probability
from diffgemma_lsp.prompts.surroundings import Surroundings

_NEVER = -1000.0
"""Log-odds."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Ranks answers for an only hole by a calibration.

    `starts` are best first, and none where nothing is like the place; `surroundings` are those of the hole. What is
    blank, or only says again what stands beside the hole, is no answer, and never right.
    """

    calibration: Calibration
    starts: tuple[Start, ...]
    surroundings: Surroundings

    def judged(self, answers: Sequence[Answer]) -> list[Answer]:
        """Return all answers that there are, each with its likelihood, with their log-odds as scores.

        Which of a model's own answers is the right one its likelihoods tell better than what makes an answer likely to
        be right at all. So none of them has a higher score than one that is likelier.
        """
        likelihoods = [likelihood_of(answer) for answer in answers]
        best = max(likelihoods, default=0.0)
        total = best + math.log(math.fsum(math.exp(likelihood - best) for likelihood in likelihoods) or 1.0)
        judged = [self._judged(answer, total) for answer in answers]
        own = [place for place, answer in enumerate(judged) if answer.start is None and answer.score != _NEVER]
        own.sort(key=lambda place: (judged[place].error is None, likelihoods[place]), reverse=True)
        for place, score in zip(own, accumulate((judged[place].score for place in own), min), strict=True):
            judged[place] = replace(judged[place], score=score)
        return judged

    def _judged(self, answer: Answer, total: float) -> Answer:
        (hole,) = answer.holes
        if self.surroundings.says_nothing(hole.ids):
            return replace(answer, score=_NEVER, probability=0.0)
        logs = list(map(log_confidence, hole.confidence))
        features = Features(
            text=self.surroundings.spelled(hole.ids),
            likeness=_likeness(answer.start),
            context=_context(answer.start),
            lead=self._lead(answer.start, _context if answer.origin == "between" else _likeness),
            typed=math.log1p(len(self.surroundings.line.strip())),
            parses=float(answer.error is None),
            confidence=math.fsum(logs) / max(1, len(logs)),
            likelihood=likelihood_of(answer) / max(1, answer.tokens),
            share=likelihood_of(answer) - total,
        )
        log_odds = self.calibration.odds[answer.origin].log_odds(features)
        return replace(answer, score=log_odds, probability=probability(log_odds))

    def is_sure(self, answer: Answer) -> bool:
        """Say whether nothing better is to be waited for; where the document does not parse with it, there is."""
        is_likely = answer.probability is not None and answer.probability >= self.calibration.sure
        return is_likely and answer.error is None

    def _lead(self, start: Start | None, what: Callable[[Start | None], float]) -> float:
        """Return how much more a start has of `what`, its likeness or its context, than any other start."""
        precedent = start and start.precedent
        others = (other for other in self.starts if other.precedent != precedent)
        return what(start) - max(map(what, others), default=0.0)


def likelihood_of(answer: Answer) -> float:
    """Return the likelihood of an answer that has one."""
    assert answer.likelihood is not None
    return answer.likelihood


def _likeness(start: Start | None) -> float:
    return 0.0 if start is None else start.precedent.score


def _context(start: Start | None) -> float:
    return 0.0 if start is None else start.precedent.context
