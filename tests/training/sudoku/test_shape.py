from __future__ import annotations

from typing import Any

import torch

from diffgemma_lsp.sudoku.grid import PEERS
from diffgemma_lsp.training.sudoku.shape import begin
from diffgemma_lsp.training.sudoku.vocabulary import FIRST_NAME


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(model: Any) -> None:
    def weights(some: Any) -> torch.Tensor:
        return torch.cat([weight.flatten() for weight in some.model.decoder.parameters()])

    assert weights(begin(0)).equal(weights(model))
    assert not weights(begin(1)).equal(weights(model))


def test_the_names_of_cells_in_one_unit_are_alike(model: Any) -> None:
    names = model.model.decoder.embed_tokens.weight[FIRST_NAME : FIRST_NAME + 81].detach()
    likeness = torch.nn.functional.normalize(names) @ torch.nn.functional.normalize(names).T
    is_peer = torch.zeros(81, 81, dtype=torch.bool)
    for cell, peers in enumerate(PEERS):
        is_peer[cell, list(peers)] = True
    strangers = ~is_peer & ~torch.eye(81, dtype=torch.bool)
    assert likeness[is_peer].mean() > 0.25
    assert abs(likeness[strangers].mean()) < 0.1


def test_the_network_is_small(model: Any) -> None:
    assert 1.2e6 < sum(weight.numel() for weight in model.model.decoder.parameters()) < 1.3e6
