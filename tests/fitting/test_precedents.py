from __future__ import annotations

import math
import tomllib
from pathlib import Path

import pytest

from diffgemma_lsp.fitting.command import with_section
from diffgemma_lsp.fitting.odds import Judged
from diffgemma_lsp.fitting.precedents import main, section
from diffgemma_lsp.prompts.calibration import Features, Origin, read_calibration
from diffgemma_lsp.prompts.section import Section

STARTER = Path(__file__).parents[2] / "diffgemma_lsp" / "models" / "starter" / "profile.toml"


def judged(likeness: float, *, is_right: bool) -> Judged:
    return Judged(Features("pass", likeness, 0.0, 0.0, 0.0, 1.0, -1.0, -2.0, -1.0), is_right)


def cases() -> list[dict[Origin, list[Judged]]]:
    return [
        {
            "copied": [judged(0.1 * number, is_right=number > 10)],
            "between": [judged(0.1 * number, is_right=number > 10)],
            "written": [judged(0.0, is_right=number > 15)],
            "revised": [judged(0.1 * number, is_right=False)],
            "noise": [judged(0.0, is_right=number == 0)],
        }
        for number in range(20)
    ]


def test_a_section_is_what_a_profile_reads() -> None:
    text = section(cases())
    calibration = read_calibration(Section(Path("p.toml"), "precedents", tomllib.loads(text)["precedents"]))
    unlike, alike = (calibration.odds["copied"].log_odds(judged(value, is_right=True).features) for value in (0.2, 1.8))
    assert unlike < 0 < alike
    assert calibration.odds["noise"].log_odds(judged(0, is_right=False).features) < -1
    assert "fitted on 20 holes" in text


def test_precedents_are_revised_if_that_was_ever_right() -> None:
    never = cases()
    once = [*never, {**never[0], "revised": [judged(1.5, is_right=True)]}]
    first, second = (tomllib.loads(section(found))["precedents"] for found in (never, once))
    assert (first["rows"], second["rows"]) == (0, 2)
    for origin in ("copied", "between"):
        assert first[origin]["confidence"] == 0 != second[origin]["confidence"], "the decoder sees what it may revise"


def test_what_is_likelier_than_nearly_all_fills_from_noise_is_sure() -> None:
    values = tomllib.loads(section(cases()))["precedents"]
    noise = read_calibration(Section(Path("p.toml"), "precedents", values)).odds["noise"]
    odds = noise.log_odds(judged(0.0, is_right=False).features)
    assert values["sure"] == pytest.approx(1 / (1 + math.exp(-odds)), abs=0.01)


def test_revised_precedents_count_only_where_they_will_be_made() -> None:
    never = [{**case, "revised": case["revised"] * 30} for case in cases()]
    ever = [*never, {**never[0], "revised": [judged(1.5, is_right=True)]}]
    alone, few, many = (tomllib.loads(section(found))["precedents"]["sure"] for found in (cases(), never, ever))
    assert few == alone
    assert many < alone / 2


def test_a_corpus_that_is_missing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--corpus", str(tmp_path)]) == 2
    assert "corpus-validation.jsonl is missing: run the stage fetch first" in capsys.readouterr().err


def test_a_section_replaces_the_starters() -> None:
    before, text = STARTER.read_text(encoding="utf-8"), section(cases())
    after = with_section(before, "# How precedents are weighed,", text)
    assert after.count("# How precedents are weighed,") == before.count("# How precedents are weighed,") == 1
    assert tomllib.loads(after) == {**tomllib.loads(before), **tomllib.loads(text)}
