from __future__ import annotations

import math
import tomllib
from pathlib import Path

import pytest

from diffgemma_lsp.errors import ConfigError
from diffgemma_lsp.prompts.calibration import (
    ORIGINS,
    Calibration,
    Features,
    Weights,
    probability,
    read_calibration,
    read_text_odds,
)
from diffgemma_lsp.prompts.section import Section

FEATURES = Features(
    text="a\nb",
    likeness=1.5,
    context=4.0,
    lead=0.5,
    typed=2.0,
    parses=1.0,
    confidence=-0.1,
    likelihood=-2.0,
    share=-0.3,
)
WEIGHTS = (
    "bias = -1\nlikeness = 2\ncontext = 0.25\nlead = 0\ntyped = 0.5\nlines = -1\nlength = 2\n"
    "parses = 0.25\nconfidence = 1\nlikelihood = 0.5\nshare = 2\n"
)
VALID = "looks = 8\nrows = 4\ndoubt = 0.5\nsure = 0.6\n" + "".join(f"[{origin}]\n{WEIGHTS}" for origin in ORIGINS)


def read(text: str) -> Calibration:
    return read_calibration(Section(Path("p.toml"), "precedents", tomllib.loads(text)))


def test_weights_add_up_to_log_odds() -> None:
    assert read(VALID).odds["noise"].log_odds(FEATURES) == pytest.approx(
        -1 + 3 + 1 + 1 - 1 + 2 * math.log(4) + 0.25 - 0.1 - 1 - 0.6
    )


def test_a_text_is_the_less_likely_right_the_longer_it_is() -> None:
    odds = read_text_odds(Section(Path("p.toml"), "confidence", {"bias": 1.0, "slope": 2.0}))
    first, second = odds.chances((0.5, 0.25))
    assert first == pytest.approx(1 / (1 + math.exp(-(1 + 2 * math.log(0.5)))))
    assert second == pytest.approx(1 / (1 + math.exp(-(1 + 2 * math.log(0.125)))))
    assert odds.chances(()) == ()
    assert odds.chances((0.0,))[0] == pytest.approx(0)


def test_odds_of_a_text_take_no_other_key() -> None:
    with pytest.raises(ConfigError, match="unknown key confidence\\.scale; allowed are bias, slope"):
        read_text_odds(Section(Path("p.toml"), "confidence", {"bias": 1.0, "scale": 2.0}))


@pytest.mark.parametrize("log_odds", [-40.0, -1.0, 0.0, 2.5, 40.0])
def test_a_probability_is_the_logistic_of_its_log_odds(log_odds: float) -> None:
    assert probability(log_odds) == pytest.approx(1 / (1 + math.exp(-log_odds)))


def test_the_more_a_precedent_is_like_the_place_the_less_is_doubted() -> None:
    calibration = read(VALID)
    assert [calibration.doubt_of(likeness) for likeness in (0.0, 1.0, 2.0, 3.0)] == [0.5, 0.25, 0.0, 0.0]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("looks = 8", "looks = 0", "precedents.looks is 0, but it must be a whole number from 1 to 16"),
        ("sure = 0.6", "", "precedents.sure is missing; it must be a number above 0 and at most 1"),
        (
            "[noise]",
            "[other]",
            "unknown key precedents.other; allowed are looks, rows, doubt, sure, copied, between, written, revised, "
            "noise",
        ),
        ("bias = -1", 'bias = "x"', 'precedents.copied.bias is "x", but it must be a number from -1000 to 1000'),
        ("bias = -1", "bias = nan", "precedents.copied.bias is nan, but it must be a number from -1000 to 1000"),
        ("lead = 0", "leed = 0", "unknown key precedents.copied.leed; allowed are bias, likeness, context, lead,"),
    ],
)
def test_a_wrong_value_is_an_error_that_names_it(old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(VALID.replace(old, new, 1))


def test_every_weight_has_a_feature() -> None:
    one = Weights(0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
    assert one.log_odds(FEATURES) == pytest.approx(1.5 + 4.0 + 0.5 + 2.0 + 1.0 + math.log(4) + 1.0 - 0.1 - 2.0 - 0.3)
