from __future__ import annotations

import pytest
import torch
from torch import Tensor

from diffgemma_lsp.diffusion.sampler import (
    Certainty,
    EntropyBound,
    LeftFirst,
    Sampler,
    draw,
    sampler_of,
    token_entropy,
)


def test_the_entropy_of_a_uniform_distribution_is_the_logarithm_of_its_size() -> None:
    torch.testing.assert_close(token_entropy(torch.full((2, 50), 0.02)), torch.full((2,), 50.0).log())


def test_a_banned_token_adds_no_entropy() -> None:
    torch.testing.assert_close(token_entropy(torch.tensor([[0.5, 0.5, 0.0]])), torch.tensor([2.0]).log())


def test_the_entropy_is_that_of_torch() -> None:
    logits = torch.randn(20, 97, generator=torch.Generator().manual_seed(0)) * 5
    stock = torch.distributions.Categorical(logits=logits).entropy()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(token_entropy(logits.softmax(dim=-1)), stock)


def test_tokens_are_drawn_as_often_as_they_are_probable() -> None:
    probabilities = torch.tensor([0.0, 0.5, 0.0, 0.3, 0.2, 0.0])
    drawn = draw(probabilities.expand(40_000, -1), torch.Generator().manual_seed(0))
    found = torch.bincount(drawn, minlength=6) / len(drawn)
    torch.testing.assert_close(found, probabilities, atol=0.01, rtol=0)
    assert found[probabilities == 0].sum() == 0


@pytest.mark.parametrize(("number", "token"), [(0.0, 1), (1 - 2**-24, 3)])
def test_what_has_no_probability_is_not_drawn_at_the_ends_either(
    number: float, token: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "rand", lambda shape, **_: torch.full(shape, number))
    weights = torch.tensor([[0.0, 3.0, 1e-9, 0.1, 0.0]])
    assert draw(weights, torch.Generator()).tolist() == [token]


def certainty_of(entropy: Tensor, confidence: Tensor | None = None) -> Certainty:
    """Return it with a confidence that falls with the entropy, as a model's does, if none is given."""
    return Certainty(entropy, (-entropy).exp() if confidence is None else confidence)


@pytest.mark.parametrize(
    ("entropies", "bound", "accepted"),
    [
        ([0.3, 0.1, 0.2], 0.05, [False, True, False]),
        ([0.3, 0.1, 0.2], 0.11, [False, True, True]),
        ([0.3, 0.1, 0.2], 0.31, [True, True, True]),
        ([5.0, 9.0], 0.1, [True, False]),
        ([torch.inf, 0.0, 0.0], 0.1, [False, True, True]),
    ],
)
def test_positions_are_accepted_in_ascending_order_within_the_bound(
    entropies: list[float], bound: float, accepted: list[bool]
) -> None:
    assert EntropyBound(bound).accept(certainty_of(torch.tensor([entropies]))).tolist() == [accepted]


def test_a_higher_bound_accepts_a_superset_and_every_row_accepts_its_surest_position() -> None:
    certainty = certainty_of(torch.rand(50, 30, generator=torch.Generator().manual_seed(0)))
    previous = torch.zeros(50, 30, dtype=torch.bool)
    for bound in (0.01, 0.1, 0.5, 2.0, 100.0):
        accepted = EntropyBound(bound).accept(certainty)
        assert (accepted | previous).equal(accepted)
        assert accepted.gather(1, certainty.entropy.argmin(dim=1, keepdim=True)).all()
        previous = accepted
    assert previous.all()


@pytest.mark.parametrize("sampler", [EntropyBound(0.3), LeftFirst(0.5)])
def test_rows_do_not_influence_each_other(sampler: Sampler) -> None:
    entropy = torch.rand(2, 10, generator=torch.Generator().manual_seed(0))
    both = sampler.accept(certainty_of(entropy))
    assert both[:1].equal(sampler.accept(certainty_of(entropy[:1])))


@pytest.mark.parametrize(
    ("confidences", "given", "accepted"),
    [
        ([0.2, 0.1, 0.1], [], [True, False, False]),
        ([0.6, 0.1, 0.1], [], [True, True, False]),
        ([0.6, 0.5, 0.9], [], [True, True, True]),
        ([0.2, 0.9, 0.9], [], [True, False, False]),
        ([1.0, 0.2, 0.1, 1.0, 0.8, 0.3, 0.9], [0, 3], [False, True, False, False, True, True, False]),
    ],
)
def test_holes_settle_from_the_left_up_to_the_first_doubt(
    confidences: list[float], given: list[int], accepted: list[bool]
) -> None:
    entropy = torch.full((1, len(confidences)), 3.0)
    entropy[:, given] = torch.inf
    assert LeftFirst(0.5).accept(certainty_of(entropy, torch.tensor([confidences]))).tolist() == [accepted]


def test_a_low_temperature_settles_nothing_that_the_model_doubts() -> None:
    cold = certainty_of(torch.full((1, 3), 1e-9), torch.full((1, 3), 0.3))
    assert LeftFirst(0.5).accept(cold).tolist() == [[True, False, False]]


def test_what_settles_from_the_left_says_when_a_token_is_settled() -> None:
    assert sampler_of(0.5, None) == EntropyBound(0.5)
    assert sampler_of(None, 0.25) == LeftFirst(settled=0.25)
