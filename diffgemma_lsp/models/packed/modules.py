"""Modules that compute with packed weights, each unpacked when it is used and only as far as it is needed.

This is the reference: right on every device, and no faster than the unpacked model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from diffgemma_lsp.models.packed.formats import QUANTILES, Format, Packed

# Rows that are unpacked at once: of the 26B model's embeddings, 16k rows are 92 MB in bfloat16.
_ROWS_AT_ONCE = 16384


class PackedWeight(nn.Module):
    """A weight `(R, C)`, or of experts `(E, R, C)`, in the place of a parameter. It reads back in `dtype`."""

    codes: Tensor
    scales: Tensor
    quantiles: Tensor

    def __init__(self, packed: Packed, layout: Format, dtype: torch.dtype) -> None:
        super().__init__()
        self.register_buffer("codes", packed.codes)
        self.register_buffer("scales", packed.scales)
        # Beside the weight, because a copy from the host would make each product wait for all before it.
        quantiles = torch.tensor(QUANTILES, device=packed.codes.device)
        self.register_buffer("quantiles", quantiles, persistent=False)
        self.layout = layout
        self.dtype = dtype
        self.product: Callable[[Tensor, PackedWeight], Tensor] = unpacked_product
        self.whole: Tensor | None = None
        """All of it as it reads back, where it is small enough to stand beside its codes."""

    @property
    def device(self) -> torch.device:
        """Where the weight stands."""
        return self.codes.device

    @property
    def columns(self) -> int:
        """Length of a row."""
        return self[:1, :1].shape[-1] if self.codes.ndim == 3 else self[:1].shape[-1]

    def __getitem__(self, chosen: Any) -> Tensor:
        """Return the rows, or the experts, that an index chooses."""
        return self.layout.unpack(Packed(self.codes[chosen], self.scales[chosen]), self.dtype)

    def project(self, hidden: Tensor) -> Tensor:
        """Return `(..., R)` for `hidden` `(..., C)`, as a linear layer does; experts follow each other in it."""
        return self.product(hidden, self)

    def mix(self, shares: Tensor) -> Tensor:
        """Return `(N, C)`: the rows, each with its share of `shares` `(N, R)`."""
        if self.whole is not None:
            return shares.to(self.dtype) @ self.whole
        mixed = [shares[:, rows].to(self.dtype) @ self[rows] for rows in self.row_blocks()]
        return torch.stack(mixed).sum(dim=0) if len(mixed) > 1 else mixed[0]

    @classmethod
    def __torch_function__(
        cls, function: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Let `torch.matmul(shares, weight)` mix rows, which is what the class's own self-conditioning asks for."""
        if function is not torch.matmul or kwargs or not isinstance(args[0], Tensor):
            return NotImplemented
        shares, weight = args
        return weight.mix(shares.flatten(0, -2)).unflatten(0, shares.shape[:-1])

    def row_blocks(self) -> list[slice]:
        """Return the rows in parts that are not too large to be unpacked."""
        return [slice(start, start + _ROWS_AT_ONCE) for start in range(0, len(self.codes), _ROWS_AT_ONCE)]


def unpacked_product(hidden: Tensor, weight: PackedWeight) -> Tensor:
    """Return `(..., R)` for `hidden` `(..., C)` and a weight `(R, C)`, which is unpacked part by part."""
    return torch.cat([linear(hidden, weight[rows].flatten(0, -2)) for rows in weight.row_blocks()], dim=-1)


class PackedLinear(nn.Module):
    """In the place of an `nn.Linear` without bias."""

    def __init__(self, weight: PackedWeight) -> None:
        super().__init__()
        self.weight = weight

    @property
    def in_features(self) -> int:
        """C, as a linear layer calls it."""
        return self.weight.columns

    @property
    def out_features(self) -> int:
        """R, as a linear layer calls it."""
        return len(self.weight.codes)

    def forward(self, hidden: Tensor) -> Tensor:
        """Return `(..., R)` for `hidden` `(..., C)`."""
        return self.weight.project(hidden)


class PackedEmbedding(nn.Module):
    """In the place of the class's scaled word embedding."""

    embed_scale: Tensor

    def __init__(self, weight: PackedWeight, scalar_embed_scale: float) -> None:
        super().__init__()
        self.weight = weight
        self.scalar_embed_scale = scalar_embed_scale
        self.register_buffer("embed_scale", torch.tensor(scalar_embed_scale, device=weight.device), persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the scaled embeddings `(..., C)` of tokens `(...)`."""
        return self.weight[ids] * self.embed_scale.to(self.weight.dtype)
