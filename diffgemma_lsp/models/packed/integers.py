"""Products with int8 weights on a processor, each in the way that is fastest there.

What comes in is rounded to 8 bits, too, where the processor has instructions for integers: the sums are whole numbers
then. Elsewhere the weights of a small model are unpacked once, and multiplied as they read back.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear

from diffgemma_lsp.models.packed.formats import Int8
from diffgemma_lsp.models.packed.modules import PackedWeight
from diffgemma_lsp.models.timing import is_faster

LEAST_COLUMNS, MOST_COLUMNS = 2, 2048
"""Of a single column torch 2.11 and 2.13 return garbage. Of more than the starter has nothing was measured: a row that
is so wide has more that stands out, for which 8 bits must do."""

MOST_ELEMENTS = 2**24
"""Of all int8 weights of a model that are unpacked once: 64 MB in float32, which no plan of its memory counts."""

_SMALLEST = 1e-30
"""Scale of a row of zeros."""

_ROWS, _COLUMNS, _WIDTH = 96, 512, 512


def use_integers(model: Any) -> None:
    """Let a model on the CPU multiply by its int8 weights as they are, or unpack them if the model is small.

    Packed embeddings that are small also stand unpacked beside their codes from then on, in any scheme.
    """
    weights = [each for each in model.modules() if isinstance(each, PackedWeight) and isinstance(each.layout, Int8)]
    is_small = sum(weight.codes.numel() for weight in weights) <= MOST_ELEMENTS
    for weight in weights:
        if LEAST_COLUMNS <= weight.columns <= MOST_COLUMNS and has_fast_int8():
            weight.product = _counted
        elif is_small:
            weight.whole, weight.product = weight[:], _unpacked
    embeddings = model.model.decoder.embed_tokens.weight
    if isinstance(embeddings, PackedWeight) and embeddings.whole is None and len(embeddings.row_blocks()) == 1:
        embeddings.whole = embeddings[:]


def _unpacked(hidden: Tensor, weight: PackedWeight) -> Tensor:
    """Return `(..., R)` for `hidden` `(..., C)` and a weight that stands unpacked."""
    assert weight.whole is not None
    return linear(hidden, weight.whole.flatten(0, -2))


def _counted(hidden: Tensor, weight: PackedWeight) -> Tensor:
    """Return the same by integers, the largest element of each row of `hidden` becoming 127."""
    rows = hidden.reshape(-1, hidden.shape[-1]).float()
    scales = rows.abs().amax(dim=-1, keepdim=True).div_(127).clamp_(min=_SMALLEST)
    found = int8_sums((rows / scales).round_(), weight.codes.flatten(0, -2).T)
    return found.mul_(scales).mul_(weight.scales.flatten()).view(*hidden.shape[:-1], -1).to(hidden.dtype)


def int8_sums(rows: Tensor, codes: Tensor) -> Tensor:
    """Return the product of whole numbers `(M, C)` and int8 codes `(C, R)` in float32, added up as integers."""
    return torch._int_mm(rows.to(torch.int8), codes).float()


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
        is_exact = torch.equal(int8_sums(rows, small), rows @ codes.T)
    except RuntimeError:
        return False
    return is_exact and is_faster(lambda: int8_sums(rows, small), lambda: rows @ codes.T)
