from __future__ import annotations

import random
import tomllib
from pathlib import Path

import pytest

from diffgemma_lsp.evaluation.cases import Case
from diffgemma_lsp.evaluation.outcomes import Outcome
from diffgemma_lsp.fill import TokenText
from diffgemma_lsp.fitting.confidence import main, section
from diffgemma_lsp.prompts.calibration import read_text_odds
from diffgemma_lsp.prompts.section import Section

RIGHT, WRONG = "a ", "b "


def outcome(rng: random.Random) -> Outcome:
    """Return a fill of ten tokens, each of which is as often right as the model says."""
    confidences = [rng.uniform(0.7, 1.0) for _ in range(10)]
    tokens = tuple(TokenText(RIGHT if rng.random() < chance else WRONG, chance) for chance in confidences)
    text = "".join(token.text for token in tokens)
    return Outcome(Case("line", "package", "a.py", "", RIGHT * 10, ""), text, tokens=tokens)


def test_confidences_that_are_chances_are_found_to_be_so() -> None:
    rng = random.Random(1)
    text = section([outcome(rng) for _ in range(600)])
    assert "fitted on 6000 tokens of 600 validation fills" in text
    odds = read_text_odds(Section(Path("p.toml"), "confidence", tomllib.loads(text)["confidence"]))
    for confidences in ((0.9,), (0.9, 0.8), (0.9, 0.8, 0.9, 0.7)):
        product = 1.0
        for confidence, chance in zip(confidences, odds.chances(confidences), strict=True):
            product *= confidence
            assert chance == pytest.approx(product, abs=0.12)


def test_a_corpus_that_is_missing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--corpus", str(tmp_path)]) == 2
    assert "corpus-validation.jsonl is missing: run the stage fetch first" in capsys.readouterr().err
