"""Exact replacements for parts of the model class that are slow on a CPU, set on one model only, for training."""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import embedding, linear, rms_norm
from transformers.integrations.moe import ALL_EXPERTS_FUNCTIONS

SINGLE_EXPERT = "single_expert"


class _Embed(torch.autograd.Function):
    """Scaled embedding whose gradient is summed in float32: a frequent token has too many addends for bfloat16."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, ids: Tensor, scale: Tensor) -> Tensor:
        ctx.save_for_backward(ids, scale)
        ctx.rows = weight.shape[0]
        return embedding(ids, weight) * scale

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        ids, scale = ctx.saved_tensors
        rows = grad.reshape(-1, grad.shape[-1]).float()
        summed = rows.new_zeros(ctx.rows, rows.shape[1]).index_add_(0, ids.reshape(-1), rows)
        return (summed * scale.float()).to(grad.dtype), None, None


def _embed(self: Any, ids: Tensor) -> Tensor:
    scale = self.embed_scale.to(self.weight.dtype)
    embedded: Tensor = _Embed.apply(self.weight, ids, scale)  # type: ignore[no-untyped-call]
    return embedded


def _norm(self: Any, hidden: Tensor) -> Tensor:
    return rms_norm(hidden, hidden.shape[-1:], self.weight if self.with_scale else None, self.eps)


def _single_expert(self: Any, hidden: Tensor, index: Tensor, weights: Tensor) -> Tensor:  # noqa: ARG001
    gate, up = linear(hidden, self.gate_up_proj[0]).chunk(2, dim=-1)
    return linear(self.act_fn(gate) * up, self.down_proj[0]) * weights.to(hidden.dtype)


def hasten(model: Any) -> None:
    """Replace norms, embeddings and, where there is one expert only, the dispatch to experts, of this model."""
    for module in model.modules():
        kind = type(module).__name__
        if kind == "DiffusionGemmaRMSNorm":
            module.forward = MethodType(_norm, module)
        elif kind == "DiffusionGemmaTextScaledWordEmbedding":
            module.forward = MethodType(_embed, module)
    if model.config.text_config.num_experts == 1:
        ALL_EXPERTS_FUNCTIONS.register(SINGLE_EXPERT, _single_expert)
        model.set_experts_implementation(SINGLE_EXPERT)
