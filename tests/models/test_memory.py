from __future__ import annotations

import sys

import pytest
import torch

from diffgemma_lsp.models.memory import free_bytes, give_back, held_bytes

CPU = torch.device("cpu")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems may not tell")
def test_the_free_memory_of_the_host_is_known() -> None:
    free = free_bytes(CPU)
    assert free is not None
    assert 10_000_000 < free < 1 << 50


def test_main_memory_is_no_accelerator_s() -> None:
    give_back("cpu")
    assert held_bytes("cpu") == 0
