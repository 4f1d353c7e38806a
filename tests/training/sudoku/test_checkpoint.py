from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.models.names import starter_folder
from diffgemma_lsp.training.sudoku.checkpoint import load
from diffgemma_lsp.training.sudoku.vocabulary import token_names


def test_a_checkpoint_loads_with_the_weights_it_was_made_of(checkpoint: Path, model: Any) -> None:
    loaded = load(str(checkpoint), lambda _: None)
    for name, weight in model.model.decoder.named_parameters():
        torch.testing.assert_close(dict(loaded.model.model.decoder.named_parameters())[name], weight.bfloat16().float())
    assert [loaded.tokenizer.id(name) for name in token_names()] == list(range(len(token_names())))
    assert loaded.profile.sampling.steps == 48


def test_a_checkpoint_is_small(checkpoint: Path) -> None:
    assert sum(file.stat().st_size for file in checkpoint.iterdir()) < 3_000_000


def test_a_checkpoint_of_code_is_refused() -> None:
    with pytest.raises(ModelError) as caught:
        load(str(starter_folder()), lambda _: None)
    assert str(caught.value) == (
        "starter has not learned Sudoku: make a checkpoint that has by diffgemma tune --task sudoku --out DIR"
    )
