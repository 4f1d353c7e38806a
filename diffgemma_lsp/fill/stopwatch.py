"""The time of one fill: what it may take and where it went."""

from __future__ import annotations

from collections.abc import Callable

from diffgemma_lsp.fill import Timings


class Stopwatch:
    """Starts when made. `clock` returns seconds; `budget_seconds` None is no limit."""

    def __init__(self, clock: Callable[[], float], budget_seconds: float | None) -> None:
        self._clock = clock
        self._budget_seconds = budget_seconds
        self._start = self._last = clock()
        self._prefill_seconds = 0.0
        self._denoising_seconds = 0.0
        self._first_draft_seconds: float | None = None
        self._prompt_tokens = 0
        self._cached_tokens = 0

    def is_out_of_time(self) -> bool:
        """Say whether the budget is used up."""
        return self._budget_seconds is not None and self._clock() - self._start >= self._budget_seconds

    def prompt(self, tokens: int, cached_tokens: int) -> None:
        """Count a prompt and how much of it needs no work."""
        self._prompt_tokens += tokens
        self._cached_tokens += cached_tokens

    def prefilled(self) -> None:
        """Count the time since the last call to prefill."""
        self._prefill_seconds += self._lap()

    def denoised(self) -> None:
        """Count the time since the last call to denoising."""
        self._denoising_seconds += self._lap()
        if self._first_draft_seconds is None:
            self._first_draft_seconds = self._last - self._start

    def timings(self) -> Timings:
        """Return what was counted; the total includes ranking and everything else."""
        total = self._clock() - self._start
        return Timings(
            prefill_seconds=self._prefill_seconds,
            denoising_seconds=self._denoising_seconds,
            first_draft_seconds=total if self._first_draft_seconds is None else self._first_draft_seconds,
            total_seconds=total,
            prompt_tokens=self._prompt_tokens,
            cached_tokens=self._cached_tokens,
        )

    def _lap(self) -> float:
        now = self._clock()
        lap, self._last = now - self._last, now
        return lap
