"""Fewer and larger calls for a small packed model on a processor, where calls cost more than what they compute.

Products of the same input become one, the heads of a layer are normed and turned together, and a router that has a
single expert to choose is not asked. Nothing else is computed than before.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers.models.diffusion_gemma.modeling_diffusion_gemma import apply_rotary_pos_emb

from diffgemma_lsp.models.fused import unit_rows
from diffgemma_lsp.models.packed.formats import Int8, Packed
from diffgemma_lsp.models.packed.modules import PackedWeight


def join(model: Any) -> None:
    """Set the replacements on one fused model; its int8 weights have no linear layers of their own from then on.

    Layers that share weights go on doing so. The model only infers afterwards.
    """
    joined: dict[tuple[PackedWeight, ...], PackedWeight] = {}
    for module in model.modules():
        kind = type(module).__name__
        if kind.endswith("TextAttention") and _is_int8(module.q_proj):
            parts = ("q_proj", "k_proj") if module.v_proj is None else ("q_proj", "k_proj", "v_proj")
            queries, keys = (len(getattr(module, name).weight.codes) // module.head_dim for name in parts[:2])
            module.heads, module.least = (queries, keys), torch.tensor(module.q_norm.eps)
            norms = [module.q_norm.weight.expand(queries, -1), module.k_norm.weight.expand(keys, -1)]
            module.register_buffer("head_scales", torch.cat(norms).detach(), persistent=False)
            _join_parts(module, parts, joined)
            module.seen = module.append_to_cache if hasattr(module, "append_to_cache") else MethodType(_stored, module)
            module.forward = MethodType(_attention, module)
        elif kind == "DiffusionGemmaText4MLP" and _is_int8(module.gate_proj):
            _join_parts(module, ("gate_proj", "up_proj"), joined)
            module.forward = MethodType(_gated, module)
        elif kind == "DiffusionGemmaTextRouter" and model.config.get_text_config().num_experts == 1:
            module.forward = MethodType(_only_expert, module)


def _is_int8(linear: Any) -> bool:
    return isinstance(linear.weight, PackedWeight) and isinstance(linear.weight.layout, Int8)


def _join_parts(module: Any, names: tuple[str, ...], joined: dict[tuple[PackedWeight, ...], PackedWeight]) -> None:
    """Put one weight, as `module.joined`, in the place of the linear layers with these names."""
    weights = tuple(getattr(module, name).weight for name in names)
    if weights not in joined:
        packed = Packed(torch.cat([each.codes for each in weights]), torch.cat([each.scales for each in weights]))
        joined[weights] = PackedWeight(packed, weights[0].layout, weights[0].dtype)
    module.joined = joined[weights]
    for name in names:
        delattr(module, name)


def _attention(
    self: Any,
    hidden_states: Tensor,
    position_embeddings: tuple[Tensor, Tensor],
    attention_mask: Tensor | None,
    past_key_values: Any = None,
    **_: object,
) -> tuple[Tensor, None]:
    """Attend as the class's encoder and decoder do, by `scaled_dot_product_attention`."""
    queries, keys = self.heads
    heads = unit_rows(self.joined.project(hidden_states).unflatten(-1, (-1, self.head_dim)), self.least)
    turned = apply_rotary_pos_emb(heads[..., : queries + keys, :] * self.head_scales, *position_embeddings, 2)
    query, key = turned.transpose(1, 2).split((queries, keys), dim=1)
    value = heads[..., -keys:, :].transpose(1, 2)
    if past_key_values is not None:
        key, value = self.seen(past_key_values, key, value)
    attended = scaled_dot_product_attention(
        query,
        key,
        value,
        attention_mask,
        is_causal=self.is_causal and attention_mask is None and query.shape[2] > 1,
        scale=self.scaling,
        enable_gqa=True,
    )
    return self.o_proj(attended.transpose(1, 2).flatten(2)), None


def _stored(self: Any, cache: Any, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """Store what the encoder makes; the decoder reads the cache only."""
    found: tuple[Tensor, Tensor] = cache.update(keys, values, self.layer_idx)
    return found


def _gated(self: Any, hidden: Tensor) -> Tensor:
    gate, up = self.joined.project(hidden).chunk(2, dim=-1)
    fed: Tensor = self.down_proj(self.act_fn(gate).mul_(up))
    return fed


def _only_expert(self: Any, _: Tensor) -> tuple[None, Tensor, None]:
    """Return what the router does for all tokens: the scale of the single expert."""
    return None, self.per_expert_scale, None
