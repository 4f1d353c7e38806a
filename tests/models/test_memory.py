from __future__ import annotations

import sys

import pytest
import torch

from diffgemma_lsp.errors import OutOfMemoryError
from diffgemma_lsp.models.memory import free_bytes, give_back, held_bytes, require_room

CPU = torch.device("cpu")


def test_too_little_memory_is_told_in_gigabytes() -> None:
    message = (
        r"^google/big needs 50\.50 GB on cuda:0, where 23\.60 GB are free:"
        r" close what holds memory there, or choose a smaller checkpoint$"
    )
    with pytest.raises(OutOfMemoryError, match=message):
        require_room("google/big", 50_500_000_000, 23_600_000_000, torch.device("cuda:0"))


@pytest.mark.parametrize("free", [1000, 1001, None], ids=["just enough", "more", "unknown"])
def test_enough_or_unknown_memory_is_no_reason_to_refuse(free: int | None) -> None:
    require_room("tiny", 1000, free, CPU)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems may not tell")
def test_the_free_memory_of_the_host_is_known() -> None:
    free = free_bytes(CPU)
    assert free is not None
    assert 10_000_000 < free < 1 << 50


def test_main_memory_is_no_accelerator_s() -> None:
    give_back("cpu")
    assert held_bytes("cpu") == 0
