"""What an engine's filler writes down, as the text of a suggestion: microseconds of the system's monotonic clock."""

from __future__ import annotations

import time
from dataclasses import dataclass


def now() -> int:
    """Return the microseconds of a clock that is the same in all processes."""
    return time.monotonic_ns() // 1000


@dataclass(frozen=True, slots=True)
class Stamps:
    """`begun` counts the tasks so far, `stopped_at` is when the last one ended.

    `steps` are the starts and ends of the last denoising steps, `start` and `end` those of the fill that tells.
    """

    begun: int
    stopped_at: int
    start: int
    end: int
    steps: tuple[tuple[int, int], ...]

    def to_text(self) -> str:
        """Return a word that no trimming changes."""
        numbers = (self.begun, self.stopped_at, self.start, self.end, *(time for step in self.steps for time in step))
        return "at_" + "_".join(map(str, numbers))

    @classmethod
    def from_text(cls, text: str) -> Stamps:
        """Read that word."""
        begun, stopped_at, start, end, *times = map(int, text.removeprefix("at_").split("_"))
        return cls(begun, stopped_at, start, end, tuple(zip(times[::2], times[1::2], strict=True)))

    def could_start(self, moment: int) -> int:
        """Return when the engine could have left what it did at `moment`: after the step that it was in, if any."""
        return next((end for start, end in self.steps if start <= moment < end), moment)

    def begun_after(self, moment: int) -> int:
        """Return how long the steps took that the engine began after `moment`, before it told."""
        return sum(end - start for start, end in self.steps if moment <= start < self.start)
