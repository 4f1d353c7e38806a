"""A checkpoint with wider feed-forward layers that computes what a narrower one does, to be trained further.

Width where the products are is nearly free on a processor with matrix instructions: each norm, rotation and softmax
costs what it did before. Chen et al., "Net2Net" (2016), named growth that preserves the function.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from diffgemma_lsp.errors import InputError


def grow(small: Any, large: Any) -> None:
    """Copy the weights of a model into one of the same class whose feed-forward layers are as wide or wider.

    New units read what they please, as strongly as the old ones do, and write nothing yet: their columns of the down
    projections are zero. Raises InputError where anything else differs.
    """
    mine = large.state_dict()
    with torch.no_grad():
        for name, weight in small.state_dict().items():
            mine[name].copy_(_grown(name, weight, mine[name]))


def _grown(name: str, weight: Tensor, like: Tensor) -> Tensor:
    if weight.shape == like.shape:
        return weight
    axis = {"gate_proj": 0, "up_proj": 0, "down_proj": 1}.get(name.split(".")[-2])
    if axis is None or weight.shape[1 - axis] != like.shape[1 - axis] or weight.shape[axis] > like.shape[axis]:
        raise InputError(
            f"the checkpoint's {name} is {tuple(weight.shape)}, the shape asks for {tuple(like.shape)}:"
            " only its feed_forward may be smaller, so choose its own shape, or begin without it"
        )
    if axis:
        new = like.new_zeros(like.shape[0], like.shape[1] - weight.shape[1])
    else:
        new = torch.randn_like(like[weight.shape[0] :]) * weight.std()
    return torch.cat([weight, new], dim=axis)
