"""A cache that only remembers: the encoder's keys and values of every position, with their gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor


@dataclass(slots=True)
class CapturedLayer:
    """Keys and values of one layer, `(B, heads, L, head_dim)`."""

    keys: Tensor
    values: Tensor


class CapturedCache:
    """What the decoder reads in training, in the form that the class's attention asks a cache for.

    A cache with a sliding window would have dropped what the earlier canvases of a document still see.
    """

    is_compileable = False

    def __init__(self, layers: list[CapturedLayer] | None = None) -> None:
        self.layers = layers or []

    def update(self, keys: Tensor, values: Tensor, layer: int, *_: Any) -> tuple[Tensor, Tensor]:
        """Keep the keys and values of the next layer, and let its attention see just them."""
        assert layer == len(self.layers)
        self.layers.append(CapturedLayer(keys, values))
        return keys, values

    def first(self, rows: int) -> CapturedCache:
        """Return the cache of the first rows of the batch."""
        return CapturedCache([CapturedLayer(layer.keys[:rows], layer.values[:rows]) for layer in self.layers])
