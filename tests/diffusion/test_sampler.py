from __future__ import annotations

import pytest
import torch

from diffgemma_lsp.diffusion.sampler import EntropyBound, LeftFirst, sampler_of, token_entropy


def test_the_entropy_of_a_uniform_distribution_is_the_logarithm_of_its_size() -> None:
    torch.testing.assert_close(token_entropy(torch.zeros(2, 50)), torch.full((2,), 50.0).log())


def test_a_banned_token_adds_no_entropy() -> None:
    logits = torch.tensor([[1.0, 1.0, -torch.inf]])
    torch.testing.assert_close(token_entropy(logits), torch.tensor([2.0]).log())


def test_the_entropy_is_that_of_torch() -> None:
    logits = torch.randn(20, 97, generator=torch.Generator().manual_seed(0)) * 5
    stock = torch.distributions.Categorical(logits=logits).entropy()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(token_entropy(logits), stock)


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
    assert EntropyBound(bound).accept(torch.tensor([entropies])).tolist() == [accepted]


def test_a_higher_bound_accepts_a_superset_and_every_row_accepts_its_surest_position() -> None:
    entropy = torch.rand(50, 30, generator=torch.Generator().manual_seed(0))
    previous = torch.zeros_like(entropy, dtype=torch.bool)
    for bound in (0.01, 0.1, 0.5, 2.0, 100.0):
        accepted = EntropyBound(bound).accept(entropy)
        assert (accepted | previous).equal(accepted)
        assert accepted.gather(1, entropy.argmin(dim=1, keepdim=True)).all()
        previous = accepted
    assert previous.all()


def test_rows_do_not_influence_each_other() -> None:
    entropy = torch.rand(2, 10, generator=torch.Generator().manual_seed(0))
    both = EntropyBound(0.3).accept(entropy)
    assert both[:1].equal(EntropyBound(0.3).accept(entropy[:1]))


@pytest.mark.parametrize(
    ("entropies", "accepted"),
    [
        ([2.0, 3.0, 4.0], [True, False, False]),
        ([0.4, 3.0, 4.0], [True, True, False]),
        ([0.4, 0.5, 0.1], [True, True, True]),
        ([torch.inf, 2.0, 3.0, torch.inf, 0.2, 5.0, 6.0], [False, True, False, False, True, True, False]),
        ([3.0, 4.0, 0.1], [True, False, True]),
    ],
)
def test_holes_settle_from_the_left_up_to_the_first_doubt_beside_what_the_bound_accepts(
    entropies: list[float], accepted: list[bool]
) -> None:
    assert LeftFirst(0.0, settled=0.5).accept(torch.tensor([entropies])).tolist() == [accepted]


def test_what_settles_from_the_left_says_when_a_token_is_settled() -> None:
    assert sampler_of(0.5, None) == EntropyBound(0.5)
    assert sampler_of(0.5, 0.25) == LeftFirst(0.5, settled=0.25)


def test_settling_from_the_left_accepts_all_that_the_bound_accepts() -> None:
    entropy = torch.rand(50, 30, generator=torch.Generator().manual_seed(0)) * 3
    entropy[:, ::7] = torch.inf
    bound = EntropyBound(0.5).accept(entropy)
    accepted = LeftFirst(0.5, settled=0.1).accept(entropy)
    assert (accepted | bound).equal(accepted)
    assert not accepted[:, ::7].any()
    assert not accepted.equal(bound)
