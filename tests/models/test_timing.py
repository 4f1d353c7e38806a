from __future__ import annotations

import time
from typing import Any

import pytest
import torch

from benchmarks.random_weights import FULL_SIZE, config_of
from diffgemma_lsp.models import loading
from diffgemma_lsp.models.choice import Wishes
from diffgemma_lsp.models.loading import model_on_meta, usual_dtype
from diffgemma_lsp.models.timing import is_faster
from diffgemma_lsp.training import speed
from diffgemma_lsp.training.speed import training_dtype
from tests.tiny import tiny_config

CPU, CARD = torch.device("cpu"), torch.device("cuda")
NOTHING_SAID = Wishes(None, None, None)


@pytest.fixture(scope="module")
def full_size() -> Any:
    return model_on_meta(config_of(FULL_SIZE))


def test_the_faster_of_two_ways_is_told_by_its_best_round() -> None:
    pauses = iter((0.05, 0.0, 0.05, 0.02, 0.02, 0.02))
    assert is_faster(lambda: time.sleep(next(pauses)), lambda: time.sleep(next(pauses)), rounds=3)


@pytest.mark.parametrize(("is_fast", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_a_large_model_computes_in_what_its_processor_is_fast_at(
    full_size: Any, is_fast: bool, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "has_fast_bfloat16", lambda: is_fast)
    assert usual_dtype(full_size, CPU, NOTHING_SAID) is dtype
    assert usual_dtype(full_size, CPU, Wishes("bf16", None, None)) is torch.bfloat16
    assert usual_dtype(full_size, CARD, NOTHING_SAID) is torch.bfloat16
    assert usual_dtype(model_on_meta(tiny_config()), CPU, NOTHING_SAID) is torch.float32


@pytest.mark.parametrize(("is_fast", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_training_computes_in_what_its_processor_is_fast_at(
    is_fast: bool, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "has_fast_bfloat16", lambda: is_fast)
    assert training_dtype("cpu") is dtype
    assert training_dtype("cuda") is torch.bfloat16
