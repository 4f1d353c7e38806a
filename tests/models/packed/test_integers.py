from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import linear

from diffgemma_lsp.fill import Fill, FillTask, Hole
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.filler import DiffusionFiller
from diffgemma_lsp.models.loading import load_model
from diffgemma_lsp.models.packed import integers
from diffgemma_lsp.models.packed.formats import Int4, Int8
from diffgemma_lsp.models.packed.integers import (
    LEAST_COLUMNS,
    MOST_COLUMNS,
    float_sums,
    has_fast_int8,
    int8_sums,
    use_integers,
)
from diffgemma_lsp.models.packed.modules import PackedLinear, PackedWeight
from tests.checkpoints import save_checkpoint

FUNCTION = FillTask(("def area(width, height):\n    ", Hole(), "\n\n\nprint(area(2, 3))\n"), language="python", seed=4)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def packed(*shape: int, layout: Any = None) -> PackedWeight:
    layout = layout or Int8()
    return PackedWeight(layout.pack(random(*shape)), layout, torch.float32)


def with_integers(weight: PackedWeight) -> PackedWeight:
    """Return a weight as a model's use would leave it; the model around it has nothing else."""
    model = torch.nn.Module()
    model.model = torch.nn.Module()
    model.model.decoder = torch.nn.Module()
    model.model.decoder.embed_tokens = PackedLinear(packed(4, 4, layout=Int4()))
    model.linear = PackedLinear(weight)
    use_integers(model)
    return weight


@pytest.mark.parametrize("shape", [(300, 256), (7, LEAST_COLUMNS), (1, 300, 256), (64, MOST_COLUMNS)])
def test_a_product_differs_from_the_unpacked_one_by_the_rounding_of_what_comes_in(shape: tuple[int, ...]) -> None:
    hidden = random(2, 5, shape[-1], seed=1)
    hidden[0, 0] = 0.0
    weight = with_integers(packed(*shape))
    rows = weight[:].flatten(0, -2)
    found, exact = weight.project(hidden), linear(hidden, rows)
    assert found.shape == (2, 5, shape[-2])
    assert (found[0, 0] == 0).all()
    assert torch.equal(weight.project(hidden[1, 2]), found[1, 2])
    most = 0.5 * hidden.abs().amax(-1, keepdim=True) / 127 * rows.abs().sum(-1)
    assert ((found - exact).abs() <= 1.001 * most + 1e-5).all()
    assert 0 < (found - exact).std() < 0.02 * exact.std()


def test_16_bits_come_out_as_16_bits() -> None:
    weight = with_integers(packed(32, 64))
    hidden = random(3, 64, seed=1)
    assert weight.project(hidden.bfloat16()).dtype == torch.bfloat16
    torch.testing.assert_close(weight.project(hidden.bfloat16()).float(), weight.project(hidden), atol=0.3, rtol=0.02)


@pytest.mark.parametrize("columns", [LEAST_COLUMNS, 250, MOST_COLUMNS])
def test_float32_adds_up_to_the_same_whole_numbers(columns: int) -> None:
    """The largest sums there are, of either sign, and random ones."""
    whole = (random(9, columns) * 60).round().clamp(-127, 127)
    whole[:2] = 127
    codes = (random(8, columns, seed=1) * 60).round().clamp(-127, 127)
    codes[0], codes[1] = 127, -127
    expected = whole.long() @ codes.long().T
    assert int(expected.max()) == 127 * 127 * columns
    assert torch.equal(float_sums(whole, codes.T).long(), expected)
    assert torch.equal(int8_sums(whole, codes.to(torch.int8).T).long(), expected) or not has_fast_int8()


@pytest.mark.parametrize(("shape", "layout"), [((8, MOST_COLUMNS + 1), Int8()), ((8, 1), Int8()), ((8, 64), Int4())])
def test_what_has_other_columns_or_codes_is_unpacked(shape: tuple[int, ...], layout: Any) -> None:
    weight = packed(*shape, layout=layout)
    before = weight.product
    assert with_integers(weight).product is before


@pytest.mark.parametrize("layers", [("sliding_attention", "full_attention")])
@pytest.mark.parametrize("experts", [1, 4])
def test_a_fill_is_the_same_whichever_way_is_faster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layers: tuple[str, ...], experts: int
) -> None:
    save_checkpoint(tmp_path, layer_types=layers, experts=experts, top_k=min(2, experts), hidden_size=64)
    fills = []
    for is_fast in (True, False):
        monkeypatch.setattr(integers, "has_fast_int8", lambda is_fast=is_fast: is_fast)
        fills.append(filled(tmp_path))
    fast, slow = fills
    assert fast.candidates[0].texts == slow.candidates[0].texts
    assert fast.candidates[0].confidence == slow.candidates[0].confidence


def filled(folder: Path) -> Fill:
    loaded = load_model(str(folder), lambda _: None, "int8")
    filler = DiffusionFiller(TransformersBackend(loaded.model), loaded.tokenizer, loaded.profile, loaded.name)
    *_, fill = filler.fill(FUNCTION)
    assert isinstance(fill, Fill)
    return fill


def _overflowing(rows: Tensor, codes: Tensor) -> Tensor:
    return (rows @ codes.float()).clamp(-32768, 32767)


def _missing(rows: Tensor, codes: Tensor) -> Tensor:
    raise RuntimeError("not implemented for this processor")


def _slow(rows: Tensor, codes: Tensor) -> Tensor:
    """Return the sums that it should, with a long way round."""
    time.sleep(0.01)
    return rows @ codes.float()


@pytest.mark.parametrize("sums", [_overflowing, _missing, _slow])
def test_integers_that_overflow_or_are_missing_or_slow_are_left_alone(
    monkeypatch: pytest.MonkeyPatch, sums: Callable[[Tensor, Tensor], Tensor]
) -> None:
    monkeypatch.setattr(integers, "int8_sums", sums)
    assert not has_fast_int8.__wrapped__()
