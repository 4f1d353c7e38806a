"""When a row of a canvas is finished."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True, slots=True)
class StableAndConfident:
    """A row stops when its best tokens stayed the same for `stability` steps and it is sure of them.

    Sure means a mean entropy under `confidence` nats over the free positions alone: given tokens carry no doubt and
    would only make a row stop too early. Equals `StableAndConfidentStoppingCriteria` of transformers where all is free.
    """

    stability: int
    confidence: float


@dataclass(slots=True)
class RowHistory:
    """The best tokens of the last steps, for the rows that are still at work."""

    rule: StableAndConfident
    _best: list[Tensor] = field(default_factory=list)

    def finished(self, best: Tensor, entropy: Tensor, free: Tensor) -> Tensor:
        """Return which rows `(B,)` stop at this step, and remember the step.

        `best` `(B, C)` are the most probable tokens, `entropy` `(B, C)` is in nats and counts where `free` is True.
        """
        mean = entropy.masked_fill(~free, 0.0).sum(dim=-1) / free.sum(dim=-1)
        finished = mean < self.rule.confidence
        if len(self._best) < self.rule.stability:
            finished = finished & False
        for earlier in self._best:
            finished = finished & (earlier == best).all(dim=-1)
        self._best = [*self._best, best][-self.rule.stability :] if self.rule.stability else []
        return finished

    def select(self, rows: Tensor) -> None:
        """Go on with `rows`, a bool tensor `(B,)`, alone."""
        self._best = [best[rows] for best in self._best]
