from __future__ import annotations

from dataclasses import replace

import pytest

from diffgemma_lsp.diffusion.segments import Slots
from diffgemma_lsp.prompts.reading import HoleIds
from diffgemma_lsp.prompts.rows import Row, SlotPlan
from diffgemma_lsp.prompts.surroundings import Place
from tests.prompts.profiles import chat_profile, raw_profile

OPEN = HoleIds((1, 2, 3, 4), (0.5,) * 4, (True,) * 4, is_closed=False)
CLOSED = HoleIds((1, 2), (0.5,) * 2, (True,) * 2, is_closed=True)
WITH_FILLER = SlotPlan(raw_profile(), limit=100)
WITHOUT_FILLER = SlotPlan(chat_profile(), limit=100)


def counts(rows: list[Row]) -> list[tuple[int, ...]]:
    return [tuple(slots.count for slots in row) for row in rows]


def test_an_empty_hole_starts_with_the_second_bucket_and_a_rewrite_with_room_for_what_is_there() -> None:
    assert WITH_FILLER.first_counts([0]) == (8,)
    assert WITH_FILLER.first_counts([3, 4, 15, 30]) == (4, 8, 16, 31)


def test_a_filler_needs_one_row_for_each_candidate() -> None:
    assert counts(WITH_FILLER.first_rows([0, 0], candidates=3, room=40)) == [(8, 8)] * 3


def test_a_profiles_attempts_compete_even_for_one_candidate() -> None:
    sampling = replace(raw_profile().sampling, attempts=4)
    plan = SlotPlan(replace(raw_profile(), sampling=sampling), limit=100)
    assert counts(plan.first_rows([0], candidates=1, room=40)) == [(8,)] * 4
    assert counts(plan.first_rows([0], candidates=6, room=40)) == [(8,)] * 6


def test_without_a_filler_all_buckets_compete() -> None:
    assert counts(WITHOUT_FILLER.first_rows([0], candidates=1, room=40)) == [(4,), (8,), (16,)]
    assert counts(WITHOUT_FILLER.first_rows([0, 0], candidates=1, room=40)) == [(4, 4), (8, 8), (16, 16)]
    assert len(WITHOUT_FILLER.first_rows([0], candidates=5, room=40)) == 6


def test_without_a_filler_a_rewrite_competes_around_its_length_of_today() -> None:
    assert counts(WITHOUT_FILLER.first_rows([10], candidates=1, room=40)) == [(5,), (10,), (20,)]


@pytest.mark.parametrize("plan", [WITH_FILLER, WITHOUT_FILLER])
def test_no_row_passes_the_room(plan: SlotPlan) -> None:
    for today in ([0], [60], [0, 0, 0], [30, 2]):
        for row in plan.first_rows(today, candidates=2, room=20):
            assert sum(slots.count for slots in row) <= 20
            assert all(slots.count > 0 for slots in row)


def test_no_hole_passes_the_limit() -> None:
    plan = SlotPlan(raw_profile(), limit=5)
    assert counts(plan.first_rows([0, 30], candidates=1, room=40)) == [(5, 5)]
    assert plan.grown((Slots(5),), [OPEN], room=40) is None


def test_an_open_hole_grows_to_the_next_bucket_from_what_it_holds() -> None:
    grown = WITH_FILLER.grown((Slots(4), Slots(4)), [OPEN, CLOSED], room=40)
    assert grown == (Slots(8, OPEN.ids), Slots(4))


def test_a_hole_past_the_buckets_doubles() -> None:
    assert WITH_FILLER.grown((Slots(16),), [OPEN], room=40) == (Slots(32, OPEN.ids),)


def test_a_hole_takes_the_room_that_is_left() -> None:
    assert WITH_FILLER.grown((Slots(16),), [OPEN], room=20) == (Slots(20, OPEN.ids),)
    assert WITH_FILLER.grown((Slots(16),), [OPEN], room=16) is None


def test_a_repair_keeps_what_stands_before_an_error_and_what_other_holes_hold() -> None:
    longer = HoleIds((5, 6, 7, 8, 9), (0.5,) * 5, (True,) * 5, is_closed=True)
    repaired = WITH_FILLER.repaired([CLOSED, longer], Place(1, 4), room=40)
    assert repaired == (Slots(4, CLOSED.ids), Slots(8, (5, 6)))
    assert WITH_FILLER.repaired([CLOSED, longer], Place(0, 0), room=40) == (Slots(4), Slots(8, longer.ids))


def test_there_is_no_repair_behind_a_hole_nor_where_it_finds_no_room() -> None:
    assert WITH_FILLER.repaired([CLOSED, CLOSED], Place(0, 2), room=40) is None
    assert WITH_FILLER.repaired([CLOSED, CLOSED], Place(0, 1), room=7) is None


def test_closed_holes_and_checkpoints_without_filler_do_not_grow() -> None:
    assert WITH_FILLER.grown((Slots(4),), [CLOSED], room=40) is None
    assert WITHOUT_FILLER.grown((Slots(4),), [OPEN], room=40) is None
