from __future__ import annotations

import pytest

from diffgemma_lsp.evaluation.cases import Case
from diffgemma_lsp.evaluation.outcomes import Outcome, Score, fill_cases, trivial_outcomes
from diffgemma_lsp.fill.fake import FakeFiller

CASE = Case("line", "package", "a.py", "def f(x):\n    y = x\n", "    return y", "\n")


@pytest.mark.parametrize(
    ("text", "exact", "parses"),
    [
        ("    return y", True, True),
        ("    return y  ", True, True),
        ("    return x", False, True),
        ("return y", False, True),
        ("    return (y", False, False),
    ],
)
def test_an_outcome_knows_whether_it_is_exact_and_parses(text: str, exact: bool, parses: bool) -> None:
    outcome = Outcome(CASE, text)
    assert outcome.is_exact is exact
    assert outcome.parses is parses


def test_similarity_is_between_nothing_and_everything() -> None:
    assert Outcome(CASE, CASE.middle).similarity == 1
    assert Outcome(CASE, "").similarity == 0
    assert 0.8 < Outcome(CASE, "    return x").similarity < 1


def test_a_filler_is_measured_on_what_the_command_would_show() -> None:
    filler = FakeFiller(answers=["    return y\n"], steps=3)
    (outcome,) = fill_cases(filler, [CASE], seed=0)
    assert outcome.is_exact, "the repeated line end is trimmed"
    assert outcome.steps == 3
    assert outcome.seconds >= outcome.first_draft_seconds >= 0
    assert 0 < outcome.confidence <= 1


@pytest.mark.parametrize(("name", "text"), [("empty", ""), ("pass", "    pass"), ("previous line", "    y = x")])
def test_trivial_fills_stand_where_the_missing_text_stood(name: str, text: str) -> None:
    (outcome,) = trivial_outcomes(name, [CASE])
    assert outcome.text == text
    assert outcome.seconds == outcome.steps == 0


def test_a_score_is_the_mean_of_its_outcomes_and_the_median_of_their_seconds() -> None:
    outcomes = [
        Outcome(CASE, CASE.middle, steps=2, seconds=1.0),
        Outcome(CASE, "(", steps=4, seconds=2.0),
        Outcome(CASE, "(", steps=6, seconds=9.0),
    ]
    score = Score.of(outcomes)
    assert score.cases == 3
    assert score.exact == pytest.approx(1 / 3)
    assert score.parses == pytest.approx(1 / 3)
    assert score.steps == 4
    assert score.seconds == 2.0
