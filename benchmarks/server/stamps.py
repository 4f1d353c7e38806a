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

    `units` are the starts and ends of what the engine did last without looking around: a layer, or what follows the
    last one in a step. `step_ends` are the ends of the last steps, `start` and `end` those of the fill that tells.
    """

    begun: int
    stopped_at: int
    start: int
    end: int
    step_ends: tuple[int, ...]
    units: tuple[tuple[int, int], ...]

    def to_text(self) -> str:
        """Return a word that no trimming changes."""
        moments = (time for unit in self.units for time in unit)
        head = (self.begun, self.stopped_at, self.start, self.end, len(self.step_ends))
        return "at_" + "_".join(map(str, (*head, *self.step_ends, *moments)))

    @classmethod
    def from_text(cls, text: str) -> Stamps:
        """Read that word."""
        begun, stopped_at, start, end, steps, *times = map(int, text.removeprefix("at_").split("_"))
        units = tuple(zip(times[steps::2], times[steps + 1 :: 2], strict=True))
        return cls(begun, stopped_at, start, end, tuple(times[:steps]), units)

    def could_start(self, moment: int) -> int:
        """Return when the engine could have left what it did at `moment`: after the unit that it was in, if any."""
        return next((end for start, end in self.units if start <= moment < end), moment)
