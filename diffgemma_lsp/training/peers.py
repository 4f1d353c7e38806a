"""The processes of one training run: they stop together, and add up what each has found."""

from __future__ import annotations

from multiprocessing import parent_process

import torch
from torch import Tensor, distributed


def agreed(share: float | None) -> float | None:
    """Return the share of the run that the first process says, in all of them: their clocks differ. None ends the run.

    It says so, too, once the process that started it is gone. torch interrupts it then, but where interrupts are
    ignored, as in a shell's background, it would go on for ever.
    """
    starter = parent_process()
    is_over = share is None or (starter is not None and not starter.is_alive())
    said = torch.tensor([-1.0 if is_over else share], dtype=torch.float64)
    if distributed.is_initialized():
        distributed.broadcast(said, 0)
    return None if said < 0 else float(said)


def add_up(tensor: Tensor) -> None:
    """Add a tensor up over all processes, in place."""
    if distributed.is_initialized():
        distributed.all_reduce(tensor)
