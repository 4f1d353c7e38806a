from __future__ import annotations

import math
from random import Random

import pytest

from diffgemma_lsp.fitting.odds import Judged, fit
from diffgemma_lsp.prompts.calibration import Features, probability


def features(likeness: float, text: str = "a") -> Features:
    return Features(text, likeness, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)


def test_a_fit_finds_the_odds_that_made_the_answers() -> None:
    random = Random(1)
    answers = []
    for _ in range(4000):
        likeness = 2 * random.random()
        answers.append(Judged(features(likeness), random.random() < probability(3 * likeness - 4)))
    fitted = fit(answers)
    assert fitted.likeness == pytest.approx(3, abs=0.4)
    assert fitted.log_odds(features(0.0)) == pytest.approx(-4, abs=0.5)


def test_answers_that_are_never_right_get_low_but_finite_odds() -> None:
    fitted = fit([Judged(features(value / 10), is_right=False) for value in range(20)])
    assert -20 < fitted.log_odds(features(1.0)) < -1
    assert math.isfinite(fitted.bias)
