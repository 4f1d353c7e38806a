from __future__ import annotations

from pathlib import Path

import torch

from diffgemma_lsp.checkup.examination import weight_bytes
from diffgemma_lsp.models.anatomy import anatomy_of
from diffgemma_lsp.models.loading import load_checkpoint
from diffgemma_lsp.models.names import Checkpoint
from tests.checkpoints import save_checkpoint


def test_a_checkpoint_is_known_from_its_configuration_alone(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, hidden_size=64)
    loaded = load_checkpoint(Checkpoint(tmp_path, "tiny"), torch.device("cpu"), lambda _: None, scheme="bf16")
    (tmp_path / "model.safetensors").unlink()
    anatomy = anatomy_of(tmp_path, "tiny")
    assert anatomy.shape.startswith("2 layers (1 sliding + 1 full, window 16), hidden 64, experts 4 x 32 (top 2), ")
    assert anatomy.rooms["bf16"].weights == weight_bytes(loaded.model) == 2 * sum(anatomy.parameters.values())
    for scheme, parts in anatomy.nbytes.items():
        assert parts.keys() == anatomy.parameters.keys() == {"experts", "linears", "embeddings", "rest"}
        assert sum(parts.values()) == anatomy.rooms[scheme].weights
