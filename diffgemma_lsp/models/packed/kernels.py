"""One Triton kernel that decodes packed weights in registers: `x @ W.T`, each row of `x` with its own expert's `W`.

A canvas has few rows and meets nearly every expert, so a step costs what reading the weights costs. Unpacking first
would write and read them again in 16 bits.
"""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit  # type: ignore[untyped-decorator]
def grouped_matmul(
    x: tl.tensor,
    x_row: tl.tensor,
    codes: tl.tensor,
    scales: tl.tensor,
    quantiles: tl.tensor,
    block_expert: tl.tensor,
    block_start: tl.tensor,
    expert_end: tl.tensor,
    factor: tl.tensor,
    out: tl.tensor,
    rows: tl.constexpr,
    columns: tl.constexpr,
    group: tl.constexpr,
    layout: tl.constexpr,
    is_gated: tl.constexpr,
    block_m: tl.constexpr,
    block_n: tl.constexpr,
    half_k: tl.constexpr,
    dot_type: tl.constexpr,
) -> None:
    """Compute one tile of `out` `(M, rows)`, or `(M, rows / 2)` where gated.

    Rows of `out` are grouped by expert; block b holds rows of `block_expert[b]` (-1: none) from `block_start[b]` on, up
    to `expert_end` of that expert. Row m multiplies row `x_row[m]` of `x`, and is multiplied by `factor[m]` in the
    end. Where gated, the first half of a weight's rows is the gate, and `gelu_tanh(gate) * up` is what is stored.
    `dot_type` is what the plain model computes in, and what `out` holds: bfloat16, which Triton's interpreter cannot.
    """
    # 1. Which rows of which expert.
    expert = tl.load(block_expert + tl.program_id(0))
    if expert < 0:
        return
    m = tl.load(block_start + tl.program_id(0)) + tl.arange(0, block_m)
    is_row = m < tl.load(expert_end + expert)
    source = tl.load(x_row + m, mask=is_row, other=0).to(tl.int64)
    out_rows: tl.constexpr = rows // 2 if is_gated else rows
    n = tl.program_id(1) * block_n + tl.arange(0, block_n)
    is_column = n < out_rows
    weight_row = expert.to(tl.int64) * rows + n

    # 2. Even and odd columns apart: they are the two codes of a byte, and a sum does not mind the order.
    first = tl.zeros((block_m, block_n), dtype=tl.float32)
    second = tl.zeros((block_m, block_n), dtype=tl.float32)
    for step in range(tl.cdiv(columns // 2, half_k)):
        pair = step * half_k + tl.arange(0, half_k)
        is_pair = pair < columns // 2
        x_mask = is_row[:, None] & is_pair[None, :]
        x_place = x + source[:, None] * columns + 2 * pair[None, :]
        x_even = tl.load(x_place, mask=x_mask, other=0.0).to(dot_type)
        x_odd = tl.load(x_place + 1, mask=x_mask, other=0.0).to(dot_type)
        mask = is_pair[:, None] & is_column[None, :]
        even, odd = _decoded(codes, scales, quantiles, weight_row, pair, mask, columns, group, layout, dot_type)
        first = tl.dot(x_even, even, acc=first)
        first = tl.dot(x_odd, odd, acc=first)
        if is_gated:
            even, odd = _decoded(
                codes, scales, quantiles, weight_row + out_rows, pair, mask, columns, group, layout, dot_type
            )
            second = tl.dot(x_even, even, acc=second)
            second = tl.dot(x_odd, odd, acc=second)

    # 3. The gate, rounded where the plain model rounds, and the row's factor.
    if is_gated:
        gate = first.to(dot_type).to(tl.float32)
        inner = 0.7978845608028654 * (gate + 0.044715 * gate * gate * gate)
        gelu = (gate * tl.sigmoid(2 * inner)).to(dot_type).to(tl.float32)
        first = gelu * second.to(dot_type).to(tl.float32)
    first = first * tl.load(factor + m, mask=is_row, other=0.0)[:, None]
    tl.store(
        out + m[:, None].to(tl.int64) * out_rows + n[None, :],
        first.to(dot_type),
        mask=is_row[:, None] & is_column[None, :],
    )


@triton.jit  # type: ignore[untyped-decorator]
def _decoded(
    codes: tl.tensor,
    scales: tl.tensor,
    quantiles: tl.tensor,
    weight_row: tl.tensor,
    pair: tl.tensor,
    mask: tl.tensor,
    columns: tl.constexpr,
    group: tl.constexpr,
    layout: tl.constexpr,
    dot_type: tl.constexpr,
) -> tl.tensor:
    """Return the even and the odd ones of some columns of some rows, `(pairs, rows)` each."""
    scale_place = scales + weight_row[None, :] * (columns // group) + 2 * pair[:, None] // group
    scale = tl.load(scale_place, mask=mask, other=0.0).to(tl.float32)
    if layout == "int4" or layout == "nf4":  # noqa: PLR1714 - Triton knows no sets
        byte = tl.load(codes + weight_row[None, :] * (columns // 2) + pair[:, None], mask=mask, other=0).to(tl.int32)
        if layout == "int4":
            even = (byte >> 4).to(tl.float32) - 8.0
            odd = (byte & 15).to(tl.float32) - 8.0
        else:
            even = tl.load(quantiles + (byte >> 4))
            odd = tl.load(quantiles + (byte & 15))
    else:
        place = codes + weight_row[None, :] * columns + 2 * pair[:, None]
        even = tl.load(place, mask=mask, other=0.0).to(tl.float32)
        odd = tl.load(place + 1, mask=mask, other=0.0).to(tl.float32)
    return (even * scale).to(dot_type), (odd * scale).to(dot_type)
