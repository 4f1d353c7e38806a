"""Products with int8 weights on a processor: what comes in is rounded to 8 bits, too, and the sums are whole numbers.

Whole numbers are the same on every machine, however it adds them up: the instructions of new processors for just that
and float32, in which all sums of so few columns are exact, differ in nothing but time. So the faster one is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor

from diffgemma_lsp.models.packed.formats import Int8
from diffgemma_lsp.models.packed.modules import PackedWeight
from diffgemma_lsp.models.timing import is_faster

LEAST_COLUMNS, MOST_COLUMNS = 2, 2**24 // 127**2
"""Of a single column torch 2.11 and 2.13 return garbage; and float32 counts up to 2^24 without a gap."""

_SMALLEST = 1e-30
"""Scale of a row of zeros."""

_ROWS, _COLUMNS, _WIDTH = 96, 512, 512


def use_integers(model: Any) -> None:
    """Let a model on the CPU multiply by its int8 weights as they are, as far as their columns allow.

    Packed embeddings that are small also stand unpacked beside their codes from then on, in any scheme.
    """
    for weight in model.modules():
        is_int8 = isinstance(weight, PackedWeight) and isinstance(weight.layout, Int8)
        if is_int8 and LEAST_COLUMNS <= weight.columns <= MOST_COLUMNS:
            codes = weight.codes.flatten(0, -2).T
            fast = has_fast_int8()
            weight.product = partial(_product, codes if fast else codes.float(), int8_sums if fast else float_sums)
    embeddings = model.model.decoder.embed_tokens.weight
    if isinstance(embeddings, PackedWeight) and len(embeddings.row_blocks()) == 1:
        embeddings.whole = embeddings[:]


def _product(codes: Tensor, sums: Callable[[Tensor, Tensor], Tensor], hidden: Tensor, weight: PackedWeight) -> Tensor:
    """Return `(..., R)` for `hidden` `(..., C)`, whose largest element in each row becomes 127."""
    rows = hidden.reshape(-1, hidden.shape[-1]).float()
    scales = rows.abs().amax(dim=-1, keepdim=True).div_(127).clamp_(min=_SMALLEST)
    found = sums((rows / scales).round_(), codes)
    return found.mul_(scales).mul_(weight.scales.flatten()).view(*hidden.shape[:-1], -1).to(hidden.dtype)


def int8_sums(rows: Tensor, codes: Tensor) -> Tensor:
    """Return the product of whole numbers `(M, C)` and int8 codes `(C, R)` in float32, added up as integers."""
    return torch._int_mm(rows.to(torch.int8), codes).float()


def float_sums(rows: Tensor, codes: Tensor) -> Tensor:
    """Return the same, added up in float32; `codes` are float32, too."""
    return rows @ codes


@cache
def has_fast_int8() -> bool:
    """Say whether this machine adds up products of int8 numbers as integers without an error, and faster than float32.

    Without instructions for it a processor may overflow 16 bits on the way, or take one number at a time.
    """
    generator = torch.Generator().manual_seed(0)
    rows, codes = (
        (torch.randint(2, (length, _COLUMNS), generator=generator) * 254 - 127).float() for length in (_ROWS, _WIDTH)
    )
    rows[0] = codes[0] = 127
    small = codes.to(torch.int8).T
    try:
        is_exact = torch.equal(int8_sums(rows, small), float_sums(rows, codes.T))
    except RuntimeError:
        return False
    return is_exact and is_faster(lambda: int8_sums(rows, small), lambda: float_sums(rows, codes.T))
