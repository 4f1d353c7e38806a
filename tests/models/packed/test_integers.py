from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import linear

from diffgemma_lsp.diffusion.score import log_likelihoods
from diffgemma_lsp.fill import FillTask, Hole
from diffgemma_lsp.models import loading
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.loading import load_model
from diffgemma_lsp.models.packed import integers
from diffgemma_lsp.models.packed.formats import Int4, Int8
from diffgemma_lsp.models.packed.integers import (
    LEAST_COLUMNS,
    MOST_COLUMNS,
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


def with_integers(weight: PackedWeight, *others: PackedWeight) -> PackedWeight:
    """Return a weight as a model's use would leave it; the model around it has nothing else but `others`."""
    model = torch.nn.Module()
    model.model = torch.nn.Module()
    model.model.decoder = torch.nn.Module()
    model.model.decoder.embed_tokens = PackedLinear(packed(4, 4, layout=Int4()))
    model.linears = torch.nn.ModuleList(map(PackedLinear, (weight, *others)))
    use_integers(model)
    return weight


def make_fast(monkeypatch: pytest.MonkeyPatch, is_fast: bool) -> None:
    """Say that the machine has fast integers, or none; what they would add up, float32 does."""
    monkeypatch.setattr(integers, "has_fast_int8", lambda: is_fast)
    monkeypatch.setattr(integers, "int8_sums", lambda rows, codes: rows @ codes.float())


@pytest.mark.parametrize("shape", [(300, 256), (7, LEAST_COLUMNS), (1, 300, 256), (64, MOST_COLUMNS)])
def test_a_product_differs_from_the_unpacked_one_by_the_rounding_of_what_comes_in(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...]
) -> None:
    make_fast(monkeypatch, is_fast=True)
    hidden = random(2, 3, shape[-1], seed=1)
    hidden[0, 0] = 0.0
    weight = with_integers(packed(*shape))
    rows = weight[:].flatten(0, -2)
    found, exact = weight.project(hidden), linear(hidden, rows)
    assert found.shape == (2, 3, shape[-2])
    assert (found[0, 0] == 0).all()
    assert torch.equal(weight.project(hidden.flatten(0, 1)), found.flatten(0, 1))
    most = 0.5 * hidden.abs().amax(-1, keepdim=True) / 127 * rows.abs().sum(-1)
    assert ((found - exact).abs() <= 1.001 * most + 1e-5).all()
    assert 0 < (found - exact).std() < 0.02 * exact.std()


@pytest.mark.parametrize("rows", [1, 40])
@pytest.mark.parametrize("shape", [(300, 256), (1, 300, 256)])
def test_a_small_model_is_multiplied_unpacked_where_integers_are_slow(
    monkeypatch: pytest.MonkeyPatch, rows: int, shape: tuple[int, ...]
) -> None:
    make_fast(monkeypatch, is_fast=False)
    weight = with_integers(packed(*shape))
    hidden = random(rows, 256, seed=1)
    assert torch.equal(weight.project(hidden), linear(hidden, weight[:].flatten(0, -2)))


@pytest.mark.parametrize("is_fast", [True, False])
def test_what_is_large_is_never_unpacked_as_a_whole(monkeypatch: pytest.MonkeyPatch, is_fast: bool) -> None:
    make_fast(monkeypatch, is_fast)
    monkeypatch.setattr(integers, "MOST_ELEMENTS", 4 * 256)
    small, large = with_integers(packed(4, 256)), with_integers(packed(5, 256))
    assert (small.whole is None) == is_fast, "where integers are fast nothing is unpacked"
    assert large.whole is None
    assert with_integers(packed(3, 256), packed(2, 256)).whole is None, "all weights of a model count"
    assert (with_integers(packed(3, 256), packed(1, 256)).whole is None) == is_fast
    hidden = random(2, 256, seed=1)
    torch.testing.assert_close(large.project(hidden), linear(hidden, large[:]), atol=0.5, rtol=0.02)
    assert torch.equal(large.project(hidden), linear(hidden, large[:])) != is_fast


def test_16_bits_come_out_as_16_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    make_fast(monkeypatch, is_fast=True)
    weight = with_integers(packed(32, 64))
    hidden = random(24, 64, seed=1)
    assert weight.project(hidden.bfloat16()).dtype == torch.bfloat16
    torch.testing.assert_close(weight.project(hidden.bfloat16()).float(), weight.project(hidden), atol=0.3, rtol=0.02)


@pytest.mark.parametrize("columns", [LEAST_COLUMNS, 250, 2**24 // 127**2])
def test_float32_adds_up_to_the_same_whole_numbers(columns: int) -> None:
    """The largest sums that float32 counts without a gap, of either sign, and random ones."""
    whole = (random(9, columns) * 60).round().clamp(-127, 127)
    whole[:2] = 127
    codes = (random(8, columns, seed=1) * 60).round().clamp(-127, 127)
    codes[0], codes[1] = 127, -127
    expected = whole.long() @ codes.long().T
    assert int(expected.max()) == 127 * 127 * columns
    assert torch.equal((whole @ codes.T).long(), expected)
    assert torch.equal(int8_sums(whole, codes.to(torch.int8).T).long(), expected) or not has_fast_int8()


@pytest.mark.parametrize("shape", [(8, MOST_COLUMNS + 1), (8, 1)])
def test_other_columns_are_never_counted(monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...]) -> None:
    make_fast(monkeypatch, is_fast=True)
    weight = with_integers(packed(*shape))
    hidden = random(40, shape[-1], seed=1)
    assert torch.equal(weight.project(hidden), linear(hidden, weight[:]))


def test_other_codes_are_left_alone() -> None:
    weight = packed(8, 64, layout=Int4())
    before = weight.product
    assert with_integers(weight).product is before
    assert weight.whole is None


@pytest.mark.parametrize("layers", [("sliding_attention", "full_attention")])
@pytest.mark.parametrize("experts", [1, 4])
@pytest.mark.parametrize("is_fast", [True, False])
def test_a_model_says_what_it_says_with_unpacked_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layers: tuple[str, ...], experts: int, is_fast: bool
) -> None:
    save_checkpoint(tmp_path, layer_types=layers, experts=experts, top_k=min(2, experts), hidden_size=64)
    make_fast(monkeypatch, is_fast)
    ours = likelihoods(tmp_path)
    monkeypatch.setattr(loading, "use_integers", lambda _: None)
    theirs = likelihoods(tmp_path)
    assert theirs.std() > 2
    torch.testing.assert_close(ours, theirs, atol=0.4 if is_fast else 1e-4, rtol=1e-4)


def test_what_is_faster_is_measured_with_the_one_thread_that_will_compute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads wait for each other on a busy machine, and the choice would be another each time."""
    save_checkpoint(tmp_path)
    seen: list[int] = []
    monkeypatch.setattr(loading, "use_integers", lambda _: seen.append(torch.get_num_threads()))
    torch.set_num_threads(2)
    load_model(str(tmp_path), lambda _: None, "int8")
    assert seen == [1]


def likelihoods(folder: Path) -> Tensor:
    """Return what a checkpoint's encoder thinks of many rows of random tokens."""
    loaded = load_model(str(folder), lambda _: None, "int8")
    backend = TransformersBackend(loaded.model)
    cache = backend.new_cache()
    generator = torch.Generator().manual_seed(3)
    rows = torch.randint(0, backend.vocab_size, (6, 20), generator=generator)
    backend.prefill(rows[0].tolist(), cache)
    return torch.tensor(log_likelihoods(backend, cache, rows[1:].tolist()))


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
