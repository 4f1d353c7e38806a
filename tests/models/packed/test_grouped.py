"""The kernel against unpacked weights, in Triton's interpreter on the CPU, and compiled for cards that are not here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import gelu, linear

from diffgemma_lsp.models.packed.formats import Float8, Format, Int4, Int8, Nf4
from diffgemma_lsp.models.packed.modules import PackedWeight

if sys.platform != "linux":
    pytest.skip("Triton is for Linux alone", allow_module_level=True)

from diffgemma_lsp.models.packed.grouped import packed_experts, packed_linear

FORMATS: list[Format] = [Int4(), Nf4(), Int8(), Float8()]


def packed(layout: Format, *shape: int, seed: int = 0) -> PackedWeight:
    weight = torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * shape[-1] ** -0.5
    return PackedWeight(layout.pack(weight), layout, torch.bfloat16)


def tokens(count: int, columns: int) -> Tensor:
    return torch.randn(count, columns, generator=torch.Generator().manual_seed(7)).bfloat16()


def assert_equal_within_rounding(ours: Tensor, wanted: Tensor) -> None:
    assert ours.dtype == torch.bfloat16
    assert float((ours.float() - wanted).norm() / wanted.norm()) < 0.01


def experts_one_by_one(module: Any, hidden: Tensor, index: Tensor, weights: Tensor) -> Tensor:
    out = torch.zeros(hidden.shape)
    for token, (chosen, shares) in enumerate(zip(index.tolist(), weights.tolist(), strict=True)):
        for expert, share in zip(chosen, shares, strict=True):
            gate, up = linear(hidden[token].float(), module.gate_up_proj[expert].float()).chunk(2)
            out[token] += share * linear(gelu(gate, approximate="tanh") * up, module.down_proj[expert].float())
    return out


@pytest.mark.parametrize("layout", FORMATS, ids=lambda layout: layout.name)
@pytest.mark.parametrize(("count", "rows", "columns"), [(1, 64, 64), (21, 96, 160), (40, 70, 128)])
def test_a_product_is_that_with_the_unpacked_weight(layout: Format, count: int, rows: int, columns: int) -> None:
    weight, hidden = packed(layout, rows, columns), tokens(count, columns)
    ours = packed_linear(hidden.view(1, count, columns), weight)
    assert_equal_within_rounding(ours[0], linear(hidden.float(), weight[:].float()))


@pytest.mark.parametrize("group", [16, 64, 128])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_groups_and_scales_may_be_those_of_others(group: int, dtype: torch.dtype) -> None:
    weight, hidden = packed(Int4(group=group), 48, 256), tokens(5, 256)
    weight.scales = weight.scales.to(dtype)
    assert weight.scales.shape == (48, 256 // group)
    assert_equal_within_rounding(packed_linear(hidden, weight), linear(hidden.float(), weight[:].float()))


@pytest.mark.parametrize("layout", FORMATS, ids=lambda layout: layout.name)
@pytest.mark.parametrize(("count", "experts", "top_k"), [(3, 8, 2), (40, 4, 3), (33, 2, 1)])
def test_each_token_meets_the_experts_that_the_router_chose(
    layout: Format, count: int, experts: int, top_k: int
) -> None:
    module = SimpleNamespace(
        gate_up_proj=packed(layout, experts, 96, 64, seed=1), down_proj=packed(layout, experts, 64, 48, seed=2)
    )
    generator = torch.Generator().manual_seed(3)
    index = torch.stack([torch.randperm(experts, generator=generator)[:top_k] for _ in range(count)])
    weights = torch.rand(count, top_k, generator=generator)
    hidden = tokens(count, 64)
    ours = packed_experts(module, hidden, index, weights)
    assert_equal_within_rounding(ours, experts_one_by_one(module, hidden, index, weights))


def test_an_expert_that_nobody_chose_costs_nothing_but_its_place() -> None:
    module = SimpleNamespace(gate_up_proj=packed(Int4(), 3, 64, 64), down_proj=packed(Int4(), 3, 64, 32))
    hidden, weights = tokens(20, 64), torch.ones(20, 1)
    ours = packed_experts(module, hidden, torch.full((20, 1), 1), weights)
    assert_equal_within_rounding(ours, experts_one_by_one(module, hidden, torch.full((20, 1), 1), weights))


COMPILE = """
import sys
import triton
import triton.language as tl
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from diffgemma_lsp.models.packed.grouped import BLOCK_M, BLOCK_N, HALF_K, STAGES
from diffgemma_lsp.models.packed.kernels import grouped_matmul

arch, layout, codes, scales, group = int(sys.argv[1]), *sys.argv[2:5], int(sys.argv[5])
for is_gated, rows, columns in ((True, 1408, 2816), (False, 2816, 704)):
    constants = {
        "rows": rows, "columns": columns, "group": group or columns, "layout": layout, "is_gated": is_gated,
        "block_m": BLOCK_M, "block_n": BLOCK_N, "half_k": HALF_K, "dot_type": tl.bfloat16,
    }
    signature = {
        "x": "*bf16", "x_row": "*i64", "codes": codes, "scales": scales, "quantiles": "*fp32", "block_expert": "*i64",
        "block_start": "*i64", "expert_end": "*i64", "factor": "*fp32", "out": "*bf16",
    } | dict.fromkeys(constants, "constexpr")
    names = grouped_matmul.arg_names
    source = ASTSource(grouped_matmul, signature, {(names.index(name),): value for name, value in constants.items()})
    compiled = triton.compile(source, GPUTarget("cuda", arch, 32), {"num_warps": 4, "num_stages": STAGES[layout]})
    print(compiled.metadata.shared)
"""

SHARED_BYTES_OF_A_BLOCK = {80: 163 * 1024, 89: 99 * 1024, 90: 227 * 1024}


@pytest.mark.parametrize(
    ("arch", "layout", "codes", "scales", "group"),
    [
        (80, "int4", "*u8", "*bf16", 32),
        (89, "nf4", "*u8", "*fp32", 64),
        (89, "int8", "*i8", "*fp32", 0),
        (90, "int4", "*u8", "*bf16", 32),
        (90, "fp8", "*fp8e4nv", "*fp32", 0),
    ],
)
def test_the_kernel_compiles_for_a_card_and_fits_its_shared_memory(
    tmp_path: Path, arch: int, layout: str, codes: str, scales: str, group: int
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    environment["TRITON_CACHE_DIR"] = str(tmp_path)
    command = [sys.executable, "-c", COMPILE, str(arch), layout, codes, scales, str(group)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert all(int(line) <= SHARED_BYTES_OF_A_BLOCK[arch] for line in ran.stdout.split())
    assert len(ran.stdout.split()) == 2
