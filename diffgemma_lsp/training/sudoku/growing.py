"""A cache of keys and values for a batch of rows that are written side by side."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from diffgemma_lsp.training.capture import CapturedLayer


class GrowingCache:
    """Keeps every position of every layer; no window, because the texts of a task this small never pass one."""

    is_compileable = False

    def __init__(self) -> None:
        self.layers: list[CapturedLayer] = []

    @property
    def length(self) -> int:
        """How many positions each row has."""
        return self.layers[0].keys.shape[2] if self.layers else 0

    def update(self, keys: Tensor, values: Tensor, layer: int, *_: Any) -> tuple[Tensor, Tensor]:
        """Append the keys and values of a layer `(B, heads, L, head_dim)`; return all that it has."""
        if layer == len(self.layers):
            self.layers.append(CapturedLayer(keys, values))
        else:
            known = self.layers[layer]
            self.layers[layer] = CapturedLayer(
                torch.cat([known.keys, keys], dim=2), torch.cat([known.values, values], dim=2)
            )
        return self.layers[layer].keys, self.layers[layer].values
