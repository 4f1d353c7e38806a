from __future__ import annotations

import pytest
import torch

from diffgemma_lsp.errors import ConfigError
from diffgemma_lsp.models.packed.schemes import SCHEMES, require_support
from diffgemma_lsp.prompts.schemes import SCHEME_NAMES

CARD = torch.device("cuda:0")


def test_the_names_that_commands_take_are_those_of_the_table() -> None:
    assert tuple(SCHEMES) == SCHEME_NAMES


def test_a_card_without_8_bit_floats_is_named() -> None:
    message = r"^fp8 needs compute capability 8\.9, and cuda:0 has 8\.6: take int8, which is as large$"
    with pytest.raises(ConfigError, match=message):
        require_support(SCHEMES["fp8"], CARD, (8, 6))


@pytest.mark.parametrize(("scheme", "capability"), [("fp8", (8, 9)), ("fp8", (9, 0)), ("fp8", None), ("nf4", (8, 0))])
def test_what_a_device_can_compute_is_let_through(scheme: str, capability: tuple[int, int] | None) -> None:
    require_support(SCHEMES[scheme], CARD, capability)
