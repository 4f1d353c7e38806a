"""The temperature of each denoising step."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class LinearTemperature:
    """Falls linearly from `start` at the first step towards `end`, which it would reach one step after the last.

    The same formula, in the same float32 arithmetic, as `LinearTemperatureScheduleLogitsProcessor` of transformers.
    """

    start: float
    end: float

    def at(self, step: int, max_steps: int) -> Tensor:
        """Return the temperature of `step` (counted up from 0) as a float32 scalar tensor."""
        remaining = torch.tensor(max_steps - step, dtype=torch.int32)
        return self.end + (self.start - self.end) * (remaining / max_steps)
