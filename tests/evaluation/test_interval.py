from __future__ import annotations

import pytest

from diffgemma_lsp.evaluation.interval import wilson


@pytest.mark.parametrize(
    ("hits", "tries", "low", "high"),
    # The first is the example of most textbooks; the rest is checked by the score test that the interval inverts.
    [(5, 10, 0.2366, 0.7634), (0, 20, 0.0, 0.1611), (20, 20, 0.8389, 1.0), (1, 200, 0.0009, 0.0278)],
)
def test_the_interval_is_wilsons(hits: int, tries: int, low: float, high: float) -> None:
    assert wilson(hits, tries) == pytest.approx((low, high), abs=1e-4)
    for bound in (low, high):
        if 0 < bound < 1:
            deviation = (bound * (1 - bound) / tries) ** 0.5
            assert abs(hits / tries - bound) / deviation == pytest.approx(1.96, abs=0.06)


def test_nothing_tried_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
