"""Which answer is the best, and how likely it is to be right, where some of them come from precedents."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from diffgemma_lsp.models.answer import Answer
from diffgemma_lsp.models.calibration import Calibration, Features, log_confidence, probability
from diffgemma_lsp.models.starts import Start


@dataclass(frozen=True, slots=True)
class Judge:
    """Ranks answers for an only hole by a calibration.

    `starts` are best first; `line` stands before the hole in its line; `decode` turns tokens into text.
    """

    calibration: Calibration
    starts: tuple[Start, ...]
    line: str
    decode: Callable[[Sequence[int]], str]

    def judged(self, answer: Answer, likelihood: float, tokens: int) -> Answer:
        """Return an answer with its log-odds as score; `likelihood` is that of its row of `tokens` tokens, in nats."""
        (hole,) = answer.holes
        text = self.decode(hole.ids)
        logs = list(map(log_confidence, hole.confidence))
        features = Features(
            text=text,
            likeness=_likeness(answer.start),
            context=_context(answer.start),
            lead=self._lead(answer.start, _context if answer.origin == "between" else _likeness),
            typed=math.log1p(len(self.line.strip())),
            parses=float(answer.error is None),
            confidence=math.fsum(logs) / max(1, len(logs)),
            likelihood=likelihood / max(1, tokens),
        )
        log_odds = self.calibration.odds[answer.origin].log_odds(features)
        return replace(answer, score=log_odds, probability=probability(log_odds))

    def is_sure(self, answer: Answer) -> bool:
        """Say whether an answer that was judged need not be held against others."""
        return answer.probability is not None and answer.probability >= self.calibration.sure

    def _lead(self, start: Start | None, what: Callable[[Start | None], float]) -> float:
        """Return how much more a start has of `what`, its likeness or its context, than any other start."""
        precedent = start and start.precedent
        others = (other for other in self.starts if other.precedent != precedent)
        return what(start) - max(map(what, others), default=0.0)


def _likeness(start: Start | None) -> float:
    return 0.0 if start is None else start.precedent.score


def _context(start: Start | None) -> float:
    return 0.0 if start is None else start.precedent.context
