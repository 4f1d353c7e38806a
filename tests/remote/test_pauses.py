"""Pauses between tries."""

from __future__ import annotations

from random import Random

import pytest

from diffgemma_lsp.remote.pauses import pauses, wanted_pause


def test_pauses_grow_up_to_a_limit_and_differ_between_clients() -> None:
    mine, yours = ([*pauses(10, Random(seed))] for seed in (1, 2))
    assert len(mine) == 10
    for number, pause in enumerate(mine):
        longest = min(0.25 * 2**number, 8.0)
        assert longest / 2 <= pause <= longest
    assert mine != yours
    assert [*pauses(0, Random(1))] == []


@pytest.mark.parametrize(
    ("header", "seconds"), [(None, 0.0), ("2", 2.0), ("3600", 8.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0), ("-1", 0.0)]
)
def test_a_server_may_ask_for_a_pause_that_is_not_too_long(header: str | None, seconds: float) -> None:
    assert wanted_pause(header) == seconds
