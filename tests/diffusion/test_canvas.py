from __future__ import annotations

import pytest
import torch

from diffgemma_lsp.diffusion.canvas import Canvas
from diffgemma_lsp.diffusion.segments import Slots


def canvas(*rows: list[tuple[int, ...] | Slots], seed: int = 0) -> Canvas:
    return Canvas.build(rows, 1000, torch.Generator().manual_seed(seed))


def test_segments_stand_in_order_and_holes_are_free() -> None:
    built = canvas([(1, 2), Slots(3), (4,), Slots(1), ()])
    assert built.free.tolist() == [[False, False, True, True, True, False, True]]
    assert built.ids[0, [0, 1, 5]].tolist() == [1, 2, 4]
    assert built.valid is None


def test_a_hole_starts_from_its_start_tokens_and_noise_after_them() -> None:
    first, second = (canvas([Slots(5, start=(7, 8, 9))], seed=seed) for seed in (1, 2))
    assert first.ids[0, :3].tolist() == [7, 8, 9]
    assert first.free.all()
    assert first.ids[0, 3:].tolist() != second.ids[0, 3:].tolist()


def test_a_start_may_say_nothing_of_some_positions() -> None:
    first, second = (canvas([Slots(3, start=(7, None, 9))], seed=seed) for seed in (1, 2))
    assert first.ids[0, [0, 2]].tolist() == second.ids[0, [0, 2]].tolist() == [7, 9]
    assert first.ids[0, 1] != second.ids[0, 1]


def test_what_is_given_or_started_from_is_known_in_rows_that_start_from_something() -> None:
    built = canvas([(1, 2), Slots(3, (7, None)), (4,)], [(1, 2), Slots(2), (4,)])
    assert built.known is not None
    assert built.known.tolist() == [[True, True, True, False, False, True], [False] * 6]
    alone = built.select(torch.tensor([True, False])).known
    assert alone is not None
    assert alone.tolist() == built.known[:1].tolist()
    assert canvas([(1, 2), Slots(3), (4,)]).known is None


def test_a_start_longer_than_its_hole_is_cut() -> None:
    assert canvas([Slots(2, start=(7, 8, 9)), (5,)]).ids.tolist() == [[7, 8, 5]]


def test_shorter_rows_are_padded_and_padding_is_not_valid() -> None:
    built = canvas([Slots(2)], [Slots(4), (1,)])
    assert built.valid is not None
    assert built.valid.tolist() == [[True, True, False, False, False], [True] * 5]
    assert built.free.sum(dim=1).tolist() == [2, 4]


def test_a_row_without_a_free_position_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one free position"):
        canvas([(1, 2)])


def test_renoising_writes_accepted_samples_and_new_noise_at_free_positions_only() -> None:
    built = canvas([(1,), Slots(200), (2,)])
    sampled = torch.full_like(built.ids, 5)
    accepted = torch.zeros_like(built.free)
    accepted[0, :51] = True
    after = built.renoise(sampled, accepted, torch.Generator().manual_seed(9))
    assert after.ids[0, 0] == 1
    assert after.ids[0, -1] == 2
    assert (after.ids[0, 1:51] == 5).all()
    rest = after.ids[0, 51:-1]
    assert (rest != built.ids[0, 51:-1]).float().mean() > 0.9
    assert len(set(rest.tolist())) > 100


def test_scatter_puts_values_at_free_positions_in_row_order() -> None:
    built = canvas([(1,), Slots(2)], [Slots(1), (2, 3)])
    scattered = built.scatter(torch.tensor([0.1, 0.2, 0.3]), -1.0)
    torch.testing.assert_close(scattered, torch.tensor([[-1.0, 0.1, 0.2], [0.3, -1.0, -1.0]]))
