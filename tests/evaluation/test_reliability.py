from __future__ import annotations

import pytest

from diffgemma_lsp.evaluation.cases import Case
from diffgemma_lsp.evaluation.outcomes import Outcome
from diffgemma_lsp.evaluation.reliability import gated, reliability
from diffgemma_lsp.fill import TokenText


def outcome(missing: str, *tokens: tuple[str, float]) -> Outcome:
    case = Case("line", "package", "a.py", "", missing, "")
    texts = tuple(TokenText(text, confidence) for text, confidence in tokens)
    return Outcome(case, "".join(text for text, _ in tokens), tokens=texts)


def test_a_token_is_right_where_the_missing_text_begins_like_the_fill_up_to_it() -> None:
    fill = (("return", 0.95), (" ", 0.1), ("y", 0.55), (" + 1", 0.58))
    rows = reliability([outcome("return x + 1", *fill), outcome("x", ("y", 1.0))])
    assert [(row.low, row.high, row.tokens) for row in rows] == [(0.5, 0.6, 2), (0.9, 1.0, 2)]
    assert [row.right for row in rows] == [0.0, 0.5]
    assert rows[1].confidence == pytest.approx(0.975)


def test_no_token_gives_no_row() -> None:
    assert reliability([outcome("x")]) == ()


def test_the_gate_counts_what_is_shown_and_what_of_it_is_right() -> None:
    outcomes = [
        outcome("x = 1\ny = 2", ("x = 1", 0.9), ("\n", 0.1), ("z", 0.2)),  # its first line is shown, and right
        outcome("x = 1", ("x = 2", 0.8)),  # shown, and wrong
        outcome("x = 1", ("x = 1", 0.3)),  # right, and not shown
        outcome("x = 10", ("x = 1", 0.9)),  # the beginning of a line is not a line
    ]
    result = gated(outcomes, 0.5)
    assert (result.threshold, result.cases, result.shown) == (0.5, 4, 0.75)
    assert result.right == pytest.approx(1 / 3)
    assert result.right_interval[0] < 1 / 3 < result.right_interval[1]


def test_a_gate_that_shows_nothing_is_right_never() -> None:
    result = gated([outcome("x", ("x", 0.3))], 0.5)
    assert (result.shown, result.right, result.right_interval) == (0.0, 0.0, (0.0, 1.0))
