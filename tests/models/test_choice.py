from __future__ import annotations

import pytest
import torch

from diffgemma_lsp.errors import ConfigError, OutOfMemoryError
from diffgemma_lsp.models.choice import Wishes, choose
from diffgemma_lsp.models.packed.schemes import SCHEMES
from diffgemma_lsp.models.room import Room

CPU = torch.device("cpu")
NOTHING = Wishes(None, None, None)
GB = 10**9
ROOMS = {
    name: Room(weights * GB, context=2 * GB, graphs=0, canvas=GB)
    for name, weights in (("bf16", 50), ("int8", 25), ("fp8", 25), ("int4", 15), ("nf4", 14))
}


def chosen(wishes: Wishes, free: int | None) -> str:
    return choose("google/big", wishes, ROOMS, None if free is None else free * GB, CPU).name


@pytest.mark.parametrize(
    ("free", "scheme"), [(53, "bf16"), (52, "int8"), (28, "int8"), (27, "int4"), (17, "nf4"), (None, "bf16")]
)
def test_the_most_bits_that_fit_with_context_and_canvas_are_taken(free: int | None, scheme: str) -> None:
    assert chosen(NOTHING, free) == scheme


@pytest.mark.parametrize(
    ("wishes", "scheme"),
    [
        (Wishes(None, "int4", None), "int4"),
        (Wishes("fp8", "int4", None), "fp8"),
        (Wishes(None, "int4", SCHEMES["nf4"]), "nf4"),
        (Wishes("nf4", "int4", SCHEMES["nf4"]), "nf4"),
    ],
    ids=["the profile's", "the user's before it", "what the weights are packed in", "the same as they are packed in"],
)
def test_a_wish_counts_more_than_what_fits_best(wishes: Wishes, scheme: str) -> None:
    assert chosen(wishes, 100) == scheme


@pytest.mark.parametrize(
    ("wishes", "why"),
    [
        (NOTHING, "the most bits that fit"),
        (Wishes(None, "int4", None), "which its profile says"),
        (Wishes(None, "nf4", SCHEMES["int4"]), "which the checkpoint is packed in"),
        (Wishes("int4", "nf4", SCHEMES["int4"]), "asked for by --scheme"),
    ],
)
def test_a_choice_is_explained(wishes: Wishes, why: str) -> None:
    assert wishes.explain(SCHEMES["int4"], torch.bfloat16) == f"int4, {why}, computed in bfloat16"


def test_weights_that_are_packed_cannot_be_had_in_another_scheme() -> None:
    message = r"^google/big is packed in nf4 and cannot be had in int8: leave out --scheme, or take the checkpoint that"
    with pytest.raises(ConfigError, match=message):
        chosen(Wishes("int8", None, SCHEMES["nf4"]), 100)


def test_too_little_memory_is_told_with_what_would_fit() -> None:
    message = (
        r"^google/big in bf16 needs 53\.0 GB on cpu \(torch sees no CUDA card\), 29\.0 GB more than the 24\.0 GB"
        r" that are free: take --scheme int4, which needs 18\.0 GB$"
    )
    with pytest.raises(OutOfMemoryError, match=message):
        chosen(Wishes("bf16", None, None), 24)


@pytest.mark.parametrize(
    ("wishes", "free"),
    [(NOTHING, 9), (Wishes(None, None, SCHEMES["int8"]), 20)],
    ids=["nothing fits", "packed already"],
)
def test_where_no_other_scheme_helps_something_else_is_advised(wishes: Wishes, free: int) -> None:
    message = r" are free: close what holds memory there, lower prompt_tokens in its profile, or choose a smaller "
    with pytest.raises(OutOfMemoryError, match=message):
        chosen(wishes, free)
