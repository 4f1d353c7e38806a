"""The keys and values of a prompt, kept while the user types.

Each layer keeps everything that was ever appended, in a buffer that grows by doubling, and one length counts for
all layers. Going back is setting that length: O(1), also past a sliding window, which transformers' own cache cannot
do. A prefill that is abandoned between two layers leaves the length where it was, so it leaves no trace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

LEAST_CAPACITY = 256


def capacity_for(tokens: int) -> int:
    """Return the tokens that a buffer for so many has room for: the next power of two, and not too few."""
    return max(LEAST_CAPACITY, 1 << (tokens - 1).bit_length())


class _LayerBuffer:
    """Keys and values of one layer, `(1, heads, capacity, head_dim)` each."""

    def __init__(self, window: int | None) -> None:
        self.window = window
        self.keys: Tensor | None = None
        self.values: Tensor | None = None

    def first_visible(self, length: int) -> int:
        """Return the first position that a query at position `length` sees."""
        return first_visible(self.window, length)

    def written(self, start: int, keys: Tensor, values: Tensor, first: int) -> tuple[Tensor, Tensor]:
        """Store keys and values from position `start` on, over what stood there; return all from `first` to them."""
        stop = start + keys.shape[2]
        self.keys = _with_capacity(self.keys, keys, start, stop)
        self.values = _with_capacity(self.values, values, start, stop)
        self.keys[:, :, start:stop] = keys
        self.values[:, :, start:stop] = values
        return self.keys[:, :, first:stop], self.values[:, :, first:stop]

    @property
    def nbytes(self) -> int:
        return sum(buffer.nbytes for buffer in (self.keys, self.values) if buffer is not None)


def first_visible(window: int | None, length: int) -> int:
    """Return the first position that a query at position `length` sees through a window of so many tokens."""
    return 0 if window is None else max(0, length - window + 1)


def _with_capacity(buffer: Tensor | None, like: Tensor, kept: int, needed: int) -> Tensor:
    if buffer is not None and buffer.shape[2] >= needed:
        return buffer
    grown = like.new_empty(1, like.shape[1], capacity_for(needed), like.shape[3])
    if buffer is not None:
        grown[:, :, :kept] = buffer[:, :, :kept]
    return grown


@dataclass(frozen=True, slots=True)
class LayerView:
    """What a canvas sees of one layer: `(rows, heads, visible, head_dim)`, all rows sharing one memory."""

    keys: Tensor
    values: Tensor


class CacheView:
    """A read-only view in the form that transformers' attention expects of a cache."""

    is_compileable = False

    def __init__(self, layers: Sequence[LayerView]) -> None:
        self.layers = layers

    def update(self, keys: Tensor, values: Tensor, layer_index: int, *_: object) -> tuple[Tensor, Tensor]:
        """Return what stands in the cache followed by `keys` and `values`, without storing them."""
        layer = self.layers[layer_index]
        return torch.cat([layer.keys, keys], dim=2), torch.cat([layer.values, values], dim=2)


class Branches:
    """Rows that go on from the beginning of what a cache holds, each its own way, while that stays as it is.

    Their tokens form a tree. All that were ever stored stand in the buffers behind what the cache holds, and each row
    knows which of them are its own, so that rows which part ways copy nothing. `ids` `(B, C)` are the rows' own tokens,
    all equally many. A pass that is abandoned between two layers leaves no trace; nor does any of this in the cache,
    whose next tokens are written over it.
    """

    is_compileable = False

    def __init__(self, start: int, length: int, layers: Sequence[_LayerBuffer], device: torch.device) -> None:
        self.start = start
        self.ids = torch.empty((1, 0), dtype=torch.long, device=device)
        self._length = length
        self._layers = layers
        self._is_own = torch.empty((1, 0), dtype=torch.bool, device=device)  # (B, stored)
        self._positions = torch.empty(0, dtype=torch.long, device=device)  # (stored,)

    def positions(self, new: int) -> Tensor:
        """Return where each row's next `new` tokens stand, `(1, B * new)`, row after row."""
        rows, read = self.ids.shape
        places = torch.arange(read, read + new, device=self.ids.device)
        return (self.start + places).expand(rows, -1).reshape(1, -1)

    def mask(self, new: int, window: int | None) -> Tensor:
        """Return what each row's next `new` tokens see of all that `update` returns, `(1, 1, B * new, visible)`."""
        positions = self.positions(new)[0]
        shared = torch.arange(first_visible(window, self.start), self._length, device=positions.device)
        keys = torch.cat([shared, self._positions, positions])
        row = torch.arange(len(self.ids), device=positions.device).repeat_interleave(new)
        seen = torch.cat(
            [
                (shared < self.start).expand(len(row), -1),
                self._is_own[row],
                (row[:, None] == row) & (positions <= positions[:, None]),
            ],
            dim=1,
        )
        return (seen if window is None else seen & (keys > positions[:, None] - window))[None, None]

    def update(self, keys: Tensor, values: Tensor, layer_index: int, *_: object) -> tuple[Tensor, Tensor]:
        """Store a layer's new keys and values; return all that the mask speaks of, the new ones last."""
        layer = self._layers[layer_index]
        return layer.written(self._length + len(self._positions), keys, values, layer.first_visible(self.start))

    def commit(self, ids: Tensor) -> None:
        """Count the tokens `(B, C)` that every layer has just stored as the rows' own."""
        new = ids.shape[1]
        own = torch.eye(len(ids), dtype=torch.bool, device=ids.device).repeat_interleave(new, dim=1)
        self._positions = torch.cat([self._positions, self.positions(new)[0]])
        self._is_own = torch.cat([self._is_own, own], dim=1)
        self.ids = torch.cat([self.ids, ids], dim=1)

    def select(self, rows: Tensor) -> None:
        """Go on with these rows `(N,)`, each as often as it is named."""
        self.ids, self._is_own = self.ids[rows], self._is_own[rows]


class PrefixCache:
    """The encoded prompt of one document. `windows` gives each layer's sliding window, None for full attention."""

    is_compileable = False

    def __init__(self, windows: Sequence[int | None]) -> None:
        self.windows = tuple(windows)
        self._layers = [_LayerBuffer(window) for window in windows]
        self._ids: list[int] = []
        self.stamp = object()
        """Another object whenever another prompt is encoded: whoever copied what a canvas sees knows it by this."""

    @property
    def length(self) -> int:
        """Number of tokens that are encoded."""
        return len(self._ids)

    @property
    def ids(self) -> tuple[int, ...]:
        """The tokens that are encoded."""
        return tuple(self._ids)

    @property
    def nbytes(self) -> int:
        """Bytes that the buffers take, free tails included."""
        return sum(layer.nbytes for layer in self._layers)

    def common_prefix(self, ids: Sequence[int]) -> int:
        """Return how many tokens at the start of `ids` are encoded already."""
        for position, (ours, theirs) in enumerate(zip(self._ids, ids, strict=False)):
            if ours != theirs:
                return position
        return min(len(self._ids), len(ids))

    def rewind(self, length: int) -> None:
        """Forget everything from token `length` on."""
        assert 0 <= length <= self.length
        if length < self.length:
            del self._ids[length:]
            self.stamp = object()

    def update(self, keys: Tensor, values: Tensor, layer_index: int, *_: object) -> tuple[Tensor, Tensor]:
        """Store a layer's new keys and values; return all that its queries may see, the new ones last.

        Called by transformers' attention. Nothing counts as encoded before `commit`.
        """
        layer = self._layers[layer_index]
        return layer.written(self.length, keys, values, layer.first_visible(self.length))

    def commit(self, ids: Sequence[int]) -> None:
        """Count the tokens that every layer has just stored as encoded."""
        self._ids.extend(ids)
        self.stamp = object()

    def branches(self, length: int) -> Branches:
        """Return a row that goes on after the first `length` tokens, still without any of its own.

        It is of use until the cache changes.
        """
        keys = self._layers[0].keys
        assert keys is not None
        return Branches(length, self.length, self._layers, keys.device)

    def view(self, rows: int, length: int | None = None) -> CacheView:
        """Return what `rows` rows see that stand after the first `length` tokens (None: after all).

        A full-attention layer shows all of them, a sliding one the last window - 1.
        Raises ValueError when nothing is encoded: a prompt has at least its first special token.
        """
        if not self._ids:
            raise ValueError("the cache is empty: prefill at least one token before a canvas")
        length = self.length if length is None else length
        return CacheView([self._layer_view(layer, rows, length) for layer in self._layers])

    @staticmethod
    def _layer_view(layer: _LayerBuffer, rows: int, length: int) -> LayerView:
        assert layer.keys is not None
        assert layer.values is not None
        visible = slice(layer.first_visible(length), length)
        return LayerView(
            layer.keys[:, :, visible].expand(rows, -1, -1, -1),
            layer.values[:, :, visible].expand(rows, -1, -1, -1),
        )
