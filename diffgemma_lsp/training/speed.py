"""What makes training fast: exact replacements for parts of the model class, set on one model only, and the dtype."""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import embedding

from diffgemma_lsp.models.fused import fuse
from diffgemma_lsp.models.timing import has_fast_bfloat16


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


def hasten(model: Any) -> None:
    """Fuse what the engine fuses too, and sum the gradients of this model's embeddings in float32."""
    fuse(model)
    for module in model.modules():
        if type(module).__name__ == "DiffusionGemmaTextScaledWordEmbedding":
            module.forward = MethodType(_embed, module)


_MOST_VARIANTS = 128
"""Of a layer: both stacks, each kind of layer, each shape of a batch, with gradients and without."""


def compile_layers(model: Any, backend: str = "inductor") -> None:
    """Have torch fuse what lies between the products of each layer; each variant is compiled when it is first run."""
    torch._dynamo.config.recompile_limit = _MOST_VARIANTS
    for layer in (*model.model.encoder.language_model.layers, *model.model.decoder.layers):
        layer.compile(dynamic=False, backend=backend)


def training_dtype(device: str) -> torch.dtype:
    """Return what weights and activations are in training: bfloat16, or float32 on a processor that is slow at it."""
    return torch.bfloat16 if device != "cpu" or has_fast_bfloat16() else torch.float32
