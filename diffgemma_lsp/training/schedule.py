"""The schedule as a function of the share of the time that has passed: slow stretches and pauses do not upset it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schedule:
    """Shares of the whole run at which its phases begin."""

    joint_from: float = 0.38
    """Before it, only the encoder learns, left to right: every token of a sequence supervises."""
    warm_until: float = 0.01
    decay_from: float = 0.75
    peak: float = 1.0
    """Factor of the rates at the plateau: weights that were trained before want smaller steps."""

    def rate(self, share: float) -> float:
        """Return the factor of the learning rates: a short warm-up, a plateau, and a linear decay to zero."""
        if share < self.warm_until:
            return self.peak * (0.1 + 0.9 * share / self.warm_until)
        return self.peak * min(1.0, max(0.0, (1.0 - share) / (1.0 - self.decay_from)))

    def is_joint(self, share: float) -> bool:
        """Say whether canvases are trained, too."""
        return share >= self.joint_from


LONGEST_STEP_SECONDS = 60.0


@dataclass(slots=True)
class Clock:
    """Seconds that were spent training. A step that takes implausibly long was a pause, and counts as a long step."""

    deadline: float
    """Seconds since the epoch at which this call ends, and with it the run, unless `total` says when that ends."""
    ran: float = 0.0
    total: float | None = None
    """Seconds of training that the run has in all of its calls."""
    _last: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether all of the run's training time is spent, and not only that of this call."""
        return self.total is not None and self.ran >= self.total

    def tick(self, now: float) -> float | None:
        """Count the time since the last tick; return the share of the run that has passed, None once it must stop."""
        if self._last is not None:
            self.ran += min(max(now - self._last, 0.0), LONGEST_STEP_SECONDS)
        self._last = now
        left = max(self.deadline - now, 0.0)
        whole = self.ran + left if self.total is None else self.total
        return self.ran / whole if left and self.ran < whole else None
