from __future__ import annotations

import torch

from diffgemma_lsp.checkup.pace import DeviceClock, copy_bandwidth, step_seconds
from diffgemma_lsp.diffusion.prefixes import prefill
from diffgemma_lsp.diffusion.segments import Slots
from diffgemma_lsp.models.backend import TransformersBackend
from tests.tiny import tiny_model

CPU = torch.device("cpu")


def test_memory_is_read_at_a_pace_that_machines_have() -> None:
    assert 1e8 < copy_bandwidth(CPU) < 1e13


def test_a_step_is_the_difference_between_many_and_few() -> None:
    backend = TransformersBackend(tiny_model())
    cache = backend.new_cache()
    for _ in prefill(backend, cache, [1, 2, 3], 3):
        pass
    clock = DeviceClock(CPU)
    seconds = iter([9.0, 1.3, 1.3, 1.3, 2.1, 2.1, 2.1])

    def counted(work: object) -> float:
        assert callable(work)
        assert clock(work) > 0
        return next(seconds)

    assert abs(step_seconds(backend, cache, [[Slots(8)]], counted) - 0.1) < 1e-9
