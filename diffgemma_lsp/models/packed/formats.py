"""How a matrix is kept in 4 or 8 bits, and what it reads back as.

Every format packs the rows of `(..., R, C)` on their own, so that an expert or a few rows can be unpacked alone.
Scales multiply groups of neighbours in a row. Packing computes in float32, wherever the weight stands.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Protocol

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Packed:
    """A packed matrix: `codes` `(..., R, C or C / 2)` and `scales` `(..., R, groups)`."""

    codes: Tensor
    scales: Tensor


class Format(Protocol):
    """Packs weights; stateless."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    def nbytes(self, shape: tuple[int, ...]) -> int | None:
        """Return what a weight of `shape` takes, None where the format cannot hold one."""
        ...

    def pack(self, weight: Tensor) -> Packed:
        """Return `weight` `(..., R, C)` in this format."""
        ...

    def unpack(self, packed: Packed, dtype: torch.dtype) -> Tensor:
        """Return `(..., R, C)` in `dtype`."""
        ...


@dataclass(frozen=True, slots=True)
class Int8:
    """Symmetric integers, one float32 scale a row."""

    name: str = "int8"

    def nbytes(self, shape: tuple[int, ...]) -> int | None:
        """Return one byte an element and four a row."""
        return math.prod(shape) + 4 * math.prod(shape[:-1])

    def pack(self, weight: Tensor) -> Packed:
        """Round to the nearest of 255 steps between a row's largest element and its negative."""
        scales = _nonzero(weight.float().abs().amax(dim=-1, keepdim=True) / 127)
        return Packed((weight.float() / scales).round().to(torch.int8), scales)

    def unpack(self, packed: Packed, dtype: torch.dtype) -> Tensor:
        """Multiply in float32, round once to `dtype`."""
        return (packed.codes.float() * packed.scales).to(dtype)


@dataclass(frozen=True, slots=True)
class Float8:
    """The e4m3 floating-point type, one float32 scale a row."""

    name: str = "fp8"

    def nbytes(self, shape: tuple[int, ...]) -> int | None:
        """Return one byte an element and four a row."""
        return math.prod(shape) + 4 * math.prod(shape[:-1])

    def pack(self, weight: Tensor) -> Packed:
        """Scale each row so that its largest element is the largest that the type holds."""
        largest = torch.finfo(torch.float8_e4m3fn).max
        scales = _nonzero(weight.float().abs().amax(dim=-1, keepdim=True) / largest)
        return Packed((weight.float() / scales).to(torch.float8_e4m3fn), scales)

    def unpack(self, packed: Packed, dtype: torch.dtype) -> Tensor:
        """Multiply in float32, round once to `dtype`."""
        return (packed.codes.float() * packed.scales).to(dtype)


@dataclass(frozen=True, slots=True)
class Int4:
    """Sixteen equal steps, one bfloat16 scale for 32 neighbours: 4.5 bits an element.

    The scale takes the sign of the group's largest element, which becomes -8: so all sixteen codes are used.
    """

    name: str = "int4"
    group: int = 32

    def nbytes(self, shape: tuple[int, ...]) -> int | None:
        """Return half a byte an element and two a group."""
        size = _group_size(shape, self.group)
        return None if size is None else math.prod(shape) // 2 + 2 * math.prod(shape) // size

    def pack(self, weight: Tensor) -> Packed:
        """Round to the nearest step."""
        groups = _grouped(weight, self.group)
        largest = groups.gather(-1, groups.abs().argmax(dim=-1, keepdim=True))
        scales = _nonzero((largest / -8).bfloat16())
        codes = (groups / scales.float()).round().clamp(-8, 7) + 8
        return Packed(_two_in_a_byte(codes.flatten(-2)), scales.squeeze(-1))

    def unpack(self, packed: Packed, dtype: torch.dtype) -> Tensor:
        """Multiply in float32, round once to `dtype`."""
        return _scaled(_from_bytes(packed.codes).float() - 8, packed.scales).to(dtype)


@dataclass(frozen=True, slots=True)
class Nf4:
    """Sixteen quantiles of the normal distribution, one float32 scale for 64 neighbours: 4.5 bits an element.

    The format of bitsandbytes and of QLoRA (arXiv 2305.14314, appendix E), bit for bit where 64 divides a row.
    """

    name: str = "nf4"
    group: int = 64

    def nbytes(self, shape: tuple[int, ...]) -> int | None:
        """Return half a byte an element and four a group."""
        size = _group_size(shape, self.group)
        return None if size is None else math.prod(shape) // 2 + 4 * math.prod(shape) // size

    def pack(self, weight: Tensor) -> Packed:
        """Take the nearest quantile of each element over the largest of its group."""
        groups = _grouped(weight, self.group)
        scales = _nonzero(groups.abs().amax(dim=-1, keepdim=True))
        quantiles = torch.tensor(QUANTILES, device=weight.device)
        codes = torch.bucketize(groups / scales, (quantiles[1:] + quantiles[:-1]) / 2)
        return Packed(_two_in_a_byte(codes.flatten(-2)), scales.squeeze(-1))

    def unpack(self, packed: Packed, dtype: torch.dtype) -> Tensor:
        """Multiply in float32, round once to `dtype`."""
        quantiles = torch.tensor(QUANTILES, device=packed.codes.device)
        return _scaled(quantiles[_from_bytes(packed.codes).long()], packed.scales).to(dtype)


def _normal_quantiles() -> tuple[float, ...]:
    """Return eight quantiles above zero, zero, and seven below, evenly spread in probability, the largest being 1."""
    quantile, outermost = NormalDist().inv_cdf, 0.9677083
    above = [quantile(outermost + (0.5 - outermost) * step / 8) for step in range(8)]
    below = [-quantile(outermost + (0.5 - outermost) * step / 7) for step in range(7)]
    return tuple(value / above[0] for value in sorted((*above, 0.0, *below)))


QUANTILES = _normal_quantiles()


def _group_size(shape: tuple[int, ...], most: int) -> int | None:
    size = math.gcd(shape[-1], most)
    return size if size % 2 == 0 else None


def _grouped(weight: Tensor, most: int) -> Tensor:
    size = _group_size(tuple(weight.shape), most)
    assert size is not None, "nbytes says which shapes fit"
    return weight.float().reshape(*weight.shape[:-1], -1, size)


def _nonzero(scales: Tensor) -> Tensor:
    return torch.where(scales == 0, torch.ones_like(scales), scales)


def _two_in_a_byte(codes: Tensor) -> Tensor:
    """Pack codes from 0 to 15, the first of a pair in the high bits."""
    pairs = codes.to(torch.uint8).reshape(*codes.shape[:-1], -1, 2)
    return pairs[..., 0] << 4 | pairs[..., 1]


def _from_bytes(packed: Tensor) -> Tensor:
    return torch.stack((packed >> 4, packed & 15), dim=-1).flatten(-2)


def _scaled(values: Tensor, scales: Tensor) -> Tensor:
    return (values.reshape(*scales.shape, -1) * scales.float()[..., None]).flatten(-2)
