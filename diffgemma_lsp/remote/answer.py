"""What came back for the holes of a group, and how it is ranked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from diffgemma_lsp.fill import Candidate, StopReason
from diffgemma_lsp.prompts.reading import HoleIds
from diffgemma_lsp.prompts.tokenizer import Tokenizer

_WORST: StopReason = "budget"


@dataclass(frozen=True, slots=True)
class RemoteAnswer:
    """One answer for all holes of a group; `steps` is how many denoising steps it had at most.

    `suffix` is the mean log-probability of the text after it, as far as that was asked for, else None.
    """

    holes: tuple[HoleIds, ...]
    steps: int
    stopped: StopReason = "steps"
    suffix: float | None = None

    @property
    def confidence(self) -> float:
        """Geometric mean of the confidences of all tokens, 0 where there is none."""
        logs = [math.log(max(value, 1e-9)) for hole in self.holes for value in hole.confidence]
        return math.exp(math.fsum(logs) / len(logs)) if logs else 0.0


def different(answers: Iterable[RemoteAnswer]) -> list[RemoteAnswer]:
    """Return the answers that differ; of two that are equal the last counts."""
    return list({tuple(hole.ids for hole in answer.holes): answer for answer in answers}.values())


def best_first(answers: Iterable[RemoteAnswer], most: int) -> list[RemoteAnswer]:
    """Return at most `most` different answers, the likeliest first.

    That is by the mean log-probability of their own tokens, and of those after them where that is known of all.
    """
    found = different(answers)
    knows_suffix = all(answer.suffix is not None for answer in found)

    def score(answer: RemoteAnswer) -> float:
        own = math.log(max(answer.confidence, 1e-9))
        return own + answer.suffix if knows_suffix and answer.suffix is not None else own

    return sorted(found, key=score, reverse=True)[:most]


def join_groups(groups: Sequence[Sequence[RemoteAnswer]], tokenizer: Tokenizer) -> tuple[Candidate, ...]:
    """Return whole answers: the n-th of every group together, or a group's last where it has fewer."""
    ranks = range(max(len(answers) for answers in groups))
    return tuple(_join([answers[min(rank, len(answers) - 1)] for answers in groups], tokenizer) for rank in ranks)


def _join(answers: Sequence[RemoteAnswer], tokenizer: Tokenizer) -> Candidate:
    whole = RemoteAnswer(
        holes=tuple(hole for answer in answers for hole in answer.holes),
        steps=sum(answer.steps for answer in answers),
        stopped=_WORST if any(answer.stopped == _WORST for answer in answers) else "steps",
    )
    return Candidate(
        holes=tuple(hole.texts(tokenizer) for hole in whole.holes),
        confidence=whole.confidence,
        score=math.log(max(whole.confidence, 1e-9)),
        steps=whole.steps,
        stopped=whole.stopped,
    )
