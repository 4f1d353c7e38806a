from __future__ import annotations

from pathlib import Path

import pytest
import torch

from diffgemma_lsp.checkup.parity import compare
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.loading import load_model
from tests.checkpoints import save_checkpoint
from tests.tiny import tiny_model

PROMPT = [2, 17, 31, 4, 90]


@pytest.mark.parametrize("scheme", [None, "int8", "nf4"])
def test_our_loop_writes_what_the_class_s_own_writes(tmp_path: Path, scheme: str | None) -> None:
    save_checkpoint(tmp_path, hidden_size=64)
    model = load_model(str(tmp_path), lambda _: None, scheme).model
    found = compare(model, TransformersBackend(model), PROMPT)
    assert found.equal == found.tokens == 32
    assert found.deviation < 0.05


def test_in_bfloat16_the_first_step_is_the_same(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, hidden_size=64)
    model = load_model(str(tmp_path), lambda _: None, "bf16").model
    assert compare(model, TransformersBackend(model), PROMPT).deviation < 0.02


def test_other_weights_are_noticed() -> None:
    found = compare(tiny_model(seed=1), TransformersBackend(tiny_model(seed=2)), PROMPT)
    assert found.equal < found.tokens
    assert found.deviation > 0.5


def test_the_model_and_the_random_numbers_of_others_stay_as_they_were() -> None:
    model = tiny_model()
    before = (model.config.canvas_length, torch.get_rng_state())
    compare(model, TransformersBackend(model), PROMPT)
    assert model.config.canvas_length == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])
