from __future__ import annotations

import bitsandbytes.functional as bitsandbytes
import pytest
import torch
from torch import Tensor

from diffgemma_lsp.models.packed.formats import Float8, Format, Int4, Int8, Nf4, Packed

FORMATS: list[Format] = [Int8(), Float8(), Int4(), Nf4()]


def normal(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


def relative_error(layout: Format, weight: Tensor) -> float:
    back = layout.unpack(layout.pack(weight), torch.float32)
    assert back.shape == weight.shape
    return float((back - weight).norm() / weight.norm())


@pytest.mark.parametrize(("layout", "most"), [(Int8(), 0.01), (Float8(), 0.03), (Int4(), 0.11), (Nf4(), 0.10)], ids=str)
def test_a_weight_reads_back_nearly_as_it_was(layout: Format, most: float) -> None:
    assert relative_error(layout, normal(32, 256)) < most


@pytest.mark.parametrize("layout", FORMATS, ids=lambda layout: layout.name)
def test_what_is_packed_takes_the_bytes_that_were_announced(layout: Format) -> None:
    packed = layout.pack(normal(6, 16, 128))
    assert packed.codes.nbytes + packed.scales.nbytes == layout.nbytes((6, 16, 128))


@pytest.mark.parametrize("layout", FORMATS, ids=lambda layout: layout.name)
def test_rows_are_packed_on_their_own(layout: Format) -> None:
    weight = normal(3, 8, 64)
    whole, part = layout.pack(weight), layout.pack(weight[1, 2:4])
    assert torch.equal(whole.codes[1, 2:4], part.codes)
    chosen = Packed(whole.codes[1, 2:4], whole.scales[1, 2:4])
    assert torch.equal(layout.unpack(chosen, torch.float32), layout.unpack(whole, torch.float32)[1, 2:4])


@pytest.mark.parametrize("layout", FORMATS, ids=lambda layout: layout.name)
def test_zeros_stay_zeros(layout: Format) -> None:
    assert torch.equal(layout.unpack(layout.pack(torch.zeros(4, 64)), torch.float32), torch.zeros(4, 64))


@pytest.mark.parametrize("layout", FORMATS, ids=lambda layout: layout.name)
def test_a_larger_weight_is_no_harder(layout: Format) -> None:
    weight = normal(8, 64)
    assert relative_error(layout, 1000 * weight) == pytest.approx(relative_error(layout, weight), rel=0.05)


@pytest.mark.parametrize("layout", [Int4(), Nf4()], ids=lambda layout: layout.name)
def test_a_row_of_odd_length_does_not_fit_four_bits(layout: Format) -> None:
    assert layout.nbytes((4, 33)) is None
    assert relative_error(layout, normal(4, 34)) < 0.1


def test_nf4_is_that_of_bitsandbytes() -> None:
    weight = normal(16, 704)
    ours = Nf4().pack(weight)
    codes, state = bitsandbytes.quantize_4bit(weight, blocksize=64, quant_type="nf4")
    assert torch.equal(ours.codes.flatten(), codes.flatten())
    assert torch.equal(ours.scales.flatten(), state.absmax)
    theirs = bitsandbytes.dequantize_4bit(codes, state)
    torch.testing.assert_close(Nf4().unpack(ours, torch.float32), theirs, atol=1e-6, rtol=1e-6)
