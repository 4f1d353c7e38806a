from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.random_weights import FULL_SIZE, config_of
from diffgemma_lsp.errors import ConfigError, OutOfMemoryError
from diffgemma_lsp.models.loading import model_on_meta
from diffgemma_lsp.models.packed.schemes import SCHEMES
from diffgemma_lsp.training import speed
from diffgemma_lsp.training.tuning.plan import Plan, Wish, plan
from diffgemma_lsp.training.tuning.room import adapter_room, full_room
from tests.tiny import tiny_config

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def fast_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a processor as good at bfloat16 as a card is."""
    monkeypatch.setattr(speed, "has_fast_bfloat16", lambda: True)


@pytest.fixture(scope="module")
def full_size() -> Any:
    return model_on_meta(config_of(FULL_SIZE))


def planned(model: Any, wish: Wish, free: int | None = None) -> Plan:
    return plan("it", model, wish, CPU, lambda _: free)


def test_small_checkpoints_learn_by_all_of_their_weights() -> None:
    made = planned(model_on_meta(tiny_config()), Wish())
    assert (made.method, made.scheme, made.positions) == ("full", "bf16", 4608)
    assert made.words == "all weights"


def test_a_wish_counts() -> None:
    made = planned(model_on_meta(tiny_config()), Wish("lora", rank=4, scheme="nf4", positions=100))
    assert (made.method, made.rank, made.scheme, made.positions) == ("lora", 4, "nf4", 100)
    assert made.words == "adapters of rank 4, over weights in nf4"


@pytest.mark.parametrize(("gigabytes", "scheme"), [(None, "bf16"), (80, "bf16"), (48, "int8"), (32, "int4")])
def test_the_26b_model_learns_by_adapters_over_the_most_bits_that_fit(
    full_size: Any, gigabytes: int | None, scheme: str
) -> None:
    made = planned(full_size, Wish(), None if gigabytes is None else gigabytes * 10**9)
    assert (made.method, made.scheme) == ("lora", scheme)


def test_a_processor_that_is_slow_at_bfloat16_needs_twice_the_room_for_what_is_not_packed(
    full_size: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = full_room(full_size, 4608, "cpu")
    monkeypatch.setattr(speed, "has_fast_bfloat16", lambda: False)
    slow = full_room(full_size, 4608, "cpu")
    assert slow.weights == 2 * fast.weights
    assert slow.learning > fast.learning
    assert slow.activations > 1.9 * fast.activations
    assert full_room(full_size, 4608, "cuda").weights == fast.weights


def test_smaller_batches_fit_a_smaller_card(full_size: Any) -> None:
    assert planned(full_size, Wish(positions=768), 24 * 10**9).scheme == "int4"


def test_what_does_not_fit_says_how_much_is_missing(full_size: Any) -> None:
    says = (
        r"tuning it \(25\.\d\d B parameters\) by adapters of rank 16, over weights in nf4 needs \d+\.\d GB on cpu"
        r" \(.*\), \d+\.\d GB more than the 8\.0 GB that are free: lower --positions"
    )
    with pytest.raises(OutOfMemoryError, match=says):
        planned(full_size, Wish(), 8 * 10**9)


def test_all_weights_that_do_not_fit_lead_to_adapters(full_size: Any) -> None:
    with pytest.raises(OutOfMemoryError, match=r"by all weights needs 8\d\d\.\d GB .*free: take --method lora, lower"):
        planned(full_size, Wish("full"), 80 * 10**9)


def test_packed_weights_cannot_learn_themselves() -> None:
    with pytest.raises(
        ConfigError, match=r"^weights in nf4 cannot learn themselves: leave out --scheme, or add --meth"
    ):
        planned(model_on_meta(tiny_config()), Wish("full", scheme="nf4"))


def test_the_26b_model_takes_what_the_readme_says(full_size: Any) -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    words = " ".join(readme.split())
    for name, scheme in SCHEMES.items():
        room = adapter_room(full_size, scheme, 16, 2048, "cuda")
        sizes = (room.weights, room.learning, room.activations, room.total)
        row = " | ".join(f"{size / 1e9:.1f} GB" for size in sizes)
        assert any(name in line.split("|")[1] and f"| {row} |" in line for line in readme.splitlines() if "|" in line)
    small = adapter_room(full_size, SCHEMES["nf4"], 16, 768, "cuda").total
    assert f"`--positions 768` in nf4 takes {small / 1e9:.1f} GB" in words
    assert f"would take {round(full_room(full_size, 4608, 'cuda').total / 1e9)} GB" in words
