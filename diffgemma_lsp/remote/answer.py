"""What came back for the holes of a group, and how it is ranked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from diffgemma_lsp.fill import Candidate, StopReason
from diffgemma_lsp.models.reading import HoleIds
from diffgemma_lsp.models.tokenizer import Tokenizer

_WORST: StopReason = "budget"


@dataclass(frozen=True, slots=True)
class RemoteAnswer:
    """One answer for all holes of a group; `steps` is how many denoising steps it had at most."""

    holes: tuple[HoleIds, ...]
    steps: int
    stopped: StopReason = "steps"

    @property
    def confidence(self) -> float:
        """Geometric mean of the confidences of all tokens, 0 where there is none."""
        logs = [math.log(max(value, 1e-9)) for hole in self.holes for value in hole.confidence]
        return math.exp(math.fsum(logs) / len(logs)) if logs else 0.0


def best_first(answers: Iterable[RemoteAnswer], most: int) -> list[RemoteAnswer]:
    """Return at most `most` different answers, those first of whose tokens the model is surest on average.

    A server tells no likelihood of the text after a hole, by which a model on this machine is judged.
    """
    different = {tuple(hole.ids for hole in answer.holes): answer for answer in answers}
    return sorted(different.values(), key=lambda answer: answer.confidence, reverse=True)[:most]


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
