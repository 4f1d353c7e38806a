"""Packed weights in the places of a model's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from diffgemma_lsp.models.packed.formats import Format, Packed
from diffgemma_lsp.models.packed.modules import PackedEmbedding, PackedLinear, PackedWeight
from diffgemma_lsp.models.packed.schemes import Role

# transformers' name for the class's own loop over experts, which reads one of them at a time and so unpacks one.
EXPERTS_ONE_BY_ONE = "eager"

# 4 MB in float32, of which packing holds a handful of copies.
_ELEMENTS_AT_ONCE = 1 << 20

_EXPERTS = ("experts.gate_up_proj", "experts.down_proj")
_EMBEDDINGS = ("embed_tokens.weight", "lm_head.weight")


def role_of(model: nn.Module, name: str) -> Role:
    """Return the role of the tensor that the model knows by `name`."""
    if name.endswith(_EXPERTS):
        return Role.EXPERTS
    if name.endswith(_EMBEDDINGS):
        return Role.EMBEDDINGS
    parent, _, attribute = name.rpartition(".")
    is_linear = attribute == "weight" and isinstance(model.get_submodule(parent), nn.Linear)
    return Role.LINEARS if is_linear and not parent.endswith("router.proj") else Role.REST


def packed_on(weight: Tensor, layout: Format, device: torch.device) -> Packed:
    """Pack `weight` on `device`, some rows at a time, so that it never stands there whole in float32."""
    shapes = layout.pack(torch.empty(weight.shape, device="meta"))
    codes = torch.empty(shapes.codes.shape, dtype=shapes.codes.dtype, device=device)
    scales = torch.empty(shapes.scales.shape, dtype=shapes.scales.dtype, device=device)
    rows, row_codes, row_scales = (tensor.flatten(0, -2) for tensor in (weight, codes, scales))
    count = max(1, _ELEMENTS_AT_ONCE // weight.shape[-1])
    for start in range(0, len(rows), count):
        some = slice(start, start + count)
        part = layout.pack(rows[some].to(device))
        row_codes[some], row_scales[some] = part.codes, part.scales
    return Packed(codes, scales)


def place(model: nn.Module, names: Sequence[str], weight: PackedWeight) -> None:
    """Put `weight` in all of a tensor's places, which then share it."""
    for name in names:
        path, _, attribute = name.rpartition(".")
        module: Any = model.get_submodule(path)
        if name.endswith(_EXPERTS):
            delattr(module, attribute)
            setattr(module, attribute, weight)
        elif name.endswith("embed_tokens.weight"):
            model.set_submodule(path, PackedEmbedding(weight, module.scalar_embed_scale))
        else:
            model.set_submodule(path, PackedLinear(weight))
