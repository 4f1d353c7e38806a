"""One answer for the holes of a group."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from diffgemma_lsp.fill import StopReason
from diffgemma_lsp.infilling.starts import Start
from diffgemma_lsp.prompts.calibration import Origin, TextOdds, log_confidence
from diffgemma_lsp.prompts.reading import HoleIds
from diffgemma_lsp.prompts.surroundings import Place

_FROM_BEST_TO_WORST: tuple[StopReason, ...] = ("stable", "steps", "budget")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer for all holes of a group.

    `likelihood` is the logarithm of that of its rows of `tokens` tokens, in nats, None as long as it had no other to be
    ranked with. `score` is the same, or its log-odds of being right where a calibration gives it a `probability`.
    `start` is the precedent that it comes from, None where the model made it by itself. `error` is where the document
    stops to parse with it, None where it parses or nobody looked.
    """

    holes: tuple[HoleIds, ...]
    steps: int
    stopped: StopReason
    likelihood: float | None = None
    tokens: int = 0
    score: float = 0.0
    start: Start | None = None
    origin: Origin = "noise"
    probability: float | None = None
    error: Place | None = None

    @property
    def ids(self) -> tuple[tuple[int, ...], ...]:
        """The tokens of each hole."""
        return tuple(hole.ids for hole in self.holes)

    @property
    def confidence(self) -> float:
        """Its probability, or the geometric mean of the confidences of all tokens, 0 when there is none."""
        if self.probability is not None:
            return self.probability
        logs = [log_confidence(value) for hole in self.holes for value in hole.confidence]
        return math.exp(sum(logs) / len(logs)) if logs else 0.0

    def shown(self, odds: TextOdds | None) -> Answer:
        """Return it as it is shown: with its probability, if it has one, as the confidence of each token.

        Else the confidence of a token says, where there are `odds` for that, how likely its hole is right up to it.
        """
        if self.probability is not None:
            confidences = [(self.probability,) * len(hole.ids) for hole in self.holes]
        elif odds is not None:
            confidences = [odds.chances(hole.confidence) for hole in self.holes]
        else:
            return self
        pairs = zip(self.holes, confidences, strict=True)
        return replace(self, holes=tuple(replace(hole, confidence=confidence) for hole, confidence in pairs))

    def continued(self, block: Answer) -> Answer:
        """Return this single hole followed by its next block, without a likelihood as a whole."""
        return replace(join_answers([self, block]), holes=(self.holes[0].joined(block.holes[0]),), likelihood=None)


def join_answers(answers: Sequence[Answer]) -> Answer:
    """Return one answer for all holes of several groups, in order. Where there are several, none has a precedent.

    It counts as written from left to right where all of them are.
    """
    return replace(
        answers[0],
        holes=tuple(hole for answer in answers for hole in answer.holes),
        steps=sum(answer.steps for answer in answers),
        stopped=max((answer.stopped for answer in answers), key=_FROM_BEST_TO_WORST.index),
        origin=answers[0].origin if len({answer.origin for answer in answers}) == 1 else "noise",
        score=sum(answer.score for answer in answers),
    )
