"""Products with packed weights on a GPU, without unpacking them and without waiting for the host.

Needs Triton, which comes with torch's builds for CUDA, so only what has found a GPU imports this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor
from transformers.integrations.moe import ALL_EXPERTS_FUNCTIONS

from diffgemma_lsp.models.packed.kernels import grouped_matmul
from diffgemma_lsp.models.packed.modules import PackedWeight

# Sixteen rows are the least that tensor cores take, and about what an expert gets of a canvas of 256.
BLOCK_M, BLOCK_N, HALF_K = 16, 64, 32

# Reading nf4's table is pipelined through shared memory too, of which consumer cards have 99 KiB for a block.
STAGES = {"int4": 3, "nf4": 2, "int8": 3, "fp8": 3}

_EXPERTS = "packed_experts"


def use_kernels(model: Any) -> None:
    """Let a model with packed weights in bfloat16 compute through the kernel, as far as its shapes allow."""
    assert model.config.get_text_config().hidden_activation == "gelu_pytorch_tanh"
    for module in model.modules():
        if isinstance(module, PackedWeight) and module.columns % 2 == 0:
            module.product = packed_linear
    ALL_EXPERTS_FUNCTIONS.register(_EXPERTS, packed_experts)
    model.set_experts_implementation(_EXPERTS)


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Rows in the order of their experts, cut into blocks of one expert each.

    `expert` `(blocks,)` is -1 for blocks that are not needed: their number is bounded without asking the device.
    """

    x_row: Tensor
    expert: Tensor
    start: Tensor
    expert_end: Tensor


def packed_experts(self: Any, hidden: Tensor, index: Tensor, weights: Tensor) -> Tensor:
    """Return what the chosen experts make of tokens: an experts function of transformers.

    `self` is the class's experts module with packed `gate_up_proj` and `down_proj` and `gelu_pytorch_tanh`; `hidden` is
    `(N, D)` in bfloat16; `index` and `weights` `(N, K)` are the router's choice for each token.
    """
    tokens, chosen = index.shape
    flat = index.flatten()
    order = flat.argsort(stable=True)
    blocks = _by_expert(flat, order // chosen, self.gate_up_proj.codes.shape[0])
    ones = torch.ones(len(flat), device=hidden.device)
    fed = _product(hidden, self.gate_up_proj, blocks, ones, is_gated=True)
    in_order = torch.arange(len(flat), device=hidden.device)
    own_rows = _Blocks(in_order, blocks.expert, blocks.start, blocks.expert_end)
    out = _product(fed, self.down_proj, own_rows, weights.flatten()[order].float(), is_gated=False)
    by_token = torch.empty_like(out)
    by_token[order] = out
    return by_token.view(tokens, chosen, -1).sum(dim=1)


def packed_linear(hidden: Tensor, weight: PackedWeight) -> Tensor:
    """Return `(..., R)` for `hidden` `(..., C)` in bfloat16 and a weight `(R, C)`."""
    rows = hidden.reshape(-1, hidden.shape[-1])
    start = torch.arange(0, len(rows), BLOCK_M, device=hidden.device)
    blocks = _Blocks(
        x_row=torch.arange(len(rows), device=hidden.device),
        expert=torch.zeros_like(start),
        start=start,
        expert_end=torch.full((1,), len(rows), device=hidden.device),
    )
    ones = torch.ones(len(rows), device=hidden.device)
    return _product(rows, weight, blocks, ones, is_gated=False).view(*hidden.shape[:-1], -1)


def _by_expert(flat: Tensor, x_row: Tensor, experts: int) -> _Blocks:
    counts = torch.zeros(experts, dtype=torch.long, device=flat.device).scatter_add_(0, flat, torch.ones_like(flat))
    ends = counts.cumsum(0)
    needed = (counts + BLOCK_M - 1) // BLOCK_M
    block_ends = needed.cumsum(0)
    most = len(flat) // BLOCK_M + experts
    block = torch.arange(most, device=flat.device)
    expert = torch.searchsorted(block_ends, block, right=True).clamp(max=experts - 1)
    nth = block - (block_ends - needed)[expert]
    start = (ends - counts)[expert] + nth * BLOCK_M
    return _Blocks(x_row, torch.where(block < block_ends[-1], expert, -1), start, ends)


def _product(x: Tensor, weight: PackedWeight, blocks: _Blocks, factor: Tensor, *, is_gated: bool) -> Tensor:
    rows = weight.codes.shape[-2]
    columns = x.shape[-1]
    out_rows = rows // 2 if is_gated else rows
    is_interpreted = triton.knobs.runtime.interpret
    dtype = torch.float32 if is_interpreted else torch.bfloat16
    out = torch.empty(len(blocks.x_row), out_rows, dtype=dtype, device=x.device)
    grid = (len(blocks.expert), triton.cdiv(out_rows, BLOCK_N))
    grouped_matmul[grid](
        x.contiguous(),
        blocks.x_row,
        weight.codes,
        weight.scales,
        weight.quantiles,
        blocks.expert,
        blocks.start,
        blocks.expert_end,
        factor,
        out,
        rows=rows,
        columns=columns,
        group=columns // weight.scales.shape[-1],
        layout=weight.layout.name,
        is_gated=is_gated,
        block_m=BLOCK_M,
        block_n=BLOCK_N,
        half_k=HALF_K,
        num_stages=STAGES[weight.layout.name],
        dot_type=tl.float32 if is_interpreted else tl.bfloat16,
    )
    return out.bfloat16()
