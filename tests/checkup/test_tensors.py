from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from diffgemma_lsp.checkup.tensors import check_tensors
from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.models.loading import load_checkpoint
from diffgemma_lsp.models.names import Checkpoint
from tests.checkpoints import save_checkpoint


def load(folder: Path, scheme: str | None = None) -> Any:
    save_checkpoint(folder, hidden_size=64)
    return load_checkpoint(Checkpoint(folder, "tiny"), torch.device("cpu"), lambda _: None, scheme=scheme).model


@pytest.mark.parametrize("scheme", [None, "int8", "fp8", "int4", "nf4"])
def test_a_loaded_model_is_right(tmp_path: Path, scheme: str | None) -> None:
    assert ", all finite; " in check_tensors(load(tmp_path, scheme))


def untie(model: Any) -> None:
    norm = model.model.decoder.layers[1].input_layernorm
    norm.weight = nn.Parameter(norm.weight.clone())


def untie_head(model: Any) -> None:
    model.lm_head.weight = nn.Parameter(model.lm_head.weight.clone())


def tie_scalars(model: Any) -> None:
    model.model.decoder.layers[0].layer_scalar = model.model.encoder.language_model.layers[0].layer_scalar


def spoil(model: Any) -> None:
    model.model.decoder.layers[0].mlp.up_proj.weight.data[3, 4] = torch.nan


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (untie, r"^layers\.1\.input_layernorm\.weight is not shared by encoder and decoder: load the checkpoint again"),
        (untie_head, r"^the head is not tied to the embeddings: load the checkpoint again"),
        (tie_scalars, r"^layers\.0\.layer_scalar is shared by encoder and decoder, which have their own: load the "),
        (spoil, r"layers\.0\.mlp\.up_proj\.weight holds values that are no numbers: download the checkpoint again$"),
    ],
)
def test_a_wrong_tensor_is_named(tmp_path: Path, change: Callable[[Any], None], message: str) -> None:
    model = load(tmp_path)
    change(model)
    with pytest.raises(ModelError, match=message):
        check_tensors(model)
