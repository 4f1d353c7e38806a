from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

import pytest
import torch

from diffgemma_lsp.diffusion.score import log_likelihoods
from diffgemma_lsp.infilling import group
from diffgemma_lsp.infilling.answer import Answer
from diffgemma_lsp.infilling.judge import Judge
from diffgemma_lsp.infilling.starts import Start
from diffgemma_lsp.prompts.calibration import ORIGINS, Calibration, Features, Origin
from diffgemma_lsp.prompts.reading import HoleIds
from diffgemma_lsp.prompts.surroundings import Place, Surroundings
from tests.infilling.test_filler import RAW, events, filler, one_hole
from tests.infilling.test_starts import PRECEDENTS, Recorder
from tests.prompts.profiles import raw_profile

Row = tuple[int, ...]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[Row, float]]:
    """Rows and likelihoods of each pass of the encoder that scores, in order."""
    passes: list[dict[Row, float]] = []

    def watched(backend: object, cache: object, rows: Sequence[Sequence[int]]) -> list[list[float]]:
        found = log_likelihoods(backend, cache, rows)  # type: ignore[arg-type]
        passes.append(dict(zip(map(tuple, rows), map(sum, found), strict=True)))
        return found

    monkeypatch.setattr(group, "log_likelihoods", watched)
    return passes


def test_no_answer_is_scored_twice(asked: list[dict[Row, float]]) -> None:
    recorders: dict[Origin, Recorder] = {origin: Recorder() for origin in ORIGINS}
    profile = replace(raw_profile(), precedents=Calibration(2, 2, 1.0, 1.0, recorders))
    found = events(filler(profile=profile).fill(one_hole(precedents=PRECEDENTS, candidates=8)))[2].candidates
    rows = list(chain.from_iterable(asked))
    assert len(asked) >= 2, "precedents at first, then what was denoised"
    assert len(rows) == len(set(rows))
    judged = {features.text for recorder in recorders.values() for features in recorder.seen}
    assert len(judged) == len(rows)
    assert {candidate.texts[0] for candidate in found} <= judged


def test_the_shares_of_all_answers_are_those_of_their_likelihoods_and_add_up_to_one(
    asked: list[dict[Row, float]],
) -> None:
    recorders: dict[Origin, Recorder] = {origin: Recorder() for origin in ORIGINS}
    profile = replace(raw_profile(), precedents=Calibration(2, 2, 1.0, 1.0, recorders))
    events(filler(profile=profile).fill(one_hole(precedents=PRECEDENTS, candidates=8)))
    shares = {features.text: features.share for recorder in recorders.values() for features in recorder.seen}
    likelihoods = [value for each in asked for value in each.values()]
    total = math.log(math.fsum(map(math.exp, likelihoods)))
    assert sorted(shares.values()) == pytest.approx(sorted(value - total for value in likelihoods), abs=1e-6)
    assert math.fsum(map(math.exp, shares.values())) == pytest.approx(1)


def test_what_went_on_in_a_next_block_is_scored_as_a_whole(asked: list[dict[Row, float]]) -> None:
    ours = filler(RAW, raw_profile(max_length=24))
    ours._bias[RAW.id("<|filler|>")] = -torch.inf
    found = events(ours.fill(one_hole(max_tokens=40, candidates=2)))[2].candidates
    whole = next(each for each in found if len(each.holes[0]) == 40)
    (row,) = asked[-1]
    assert whole.texts[0] in RAW.decode(row), "only the best goes on, and others keep their scores"
    assert whole.score == asked[-1][row]


def test_a_text_counts_once_however_it_is_spelled(asked: list[dict[Row, float]]) -> None:
    events(filler().fill(one_hole(candidates=8)))
    rows = list(chain.from_iterable(asked))
    assert len(rows) > 2
    assert all(RAW.encode(RAW.decode(row)) == list(row) for row in rows)
    assert len(rows) == len({RAW.decode(row) for row in rows})


class ByLikelihood:
    """Odds that go by the likelihood alone."""

    def log_odds(self, features: Features) -> float:
        return features.likelihood


def test_only_what_parses_is_sure() -> None:
    known = {"broken": (3.0, False), "likely": (0.5, True), "other": (-1.0, True)}
    judge = judge_by(ByLikelihood())
    judged = judge.judged([judged_answer(text, *each) for text, each in known.items()])
    assert [judge.is_sure(answer) for answer in judged] == [False, True, False]


class ByLength:
    """Odds that go by the length of the text alone: the shorter, the better."""

    def log_odds(self, features: Features) -> float:
        return -features.length


def test_of_what_a_model_wrote_the_likeliest_comes_first_whatever_its_odds() -> None:
    judge = judge_by(ByLength())
    known = {"x": (-2.0, True), "return second": (-1.0, True), "second": (-3.0, True), "return": (0.0, False)}
    own = [judged_answer(text, *each) for text, each in known.items()]
    start = Start(PRECEDENTS[0], (), (), ())
    precedent = replace(judged_answer("first", -9.0, parses=True), origin="copied", start=start)
    judged = judge.judged([*own, precedent])
    judged.sort(key=lambda answer: (answer.error is None, answer.score, answer.likelihood), reverse=True)
    texts = [RAW.decode(answer.ids[0]) for answer in judged]
    assert texts[0] == "first", "a precedent goes by its odds"
    assert texts[1:] == ["return second", "x", "second", "return"]
    assert len({answer.probability for answer in judged}) > 3, "how likely each is stays what the odds say"


def test_nothing_is_no_answer_however_likely() -> None:
    judge = judge_by(ByLikelihood(), "def f():\n    ", "\n    return first\n")
    known = {" ": 3.0, "return first": 2.0, "return second": -1.0}
    judged = judge.judged([judged_answer(*each, parses=True) for each in known.items()])
    assert [answer.score for answer in judged] == [-1000.0, -1000.0, -1.0]
    assert not judge.is_sure(judged[0])


@pytest.mark.parametrize(
    ("answer", "before", "behind"),
    [("return first", "def f():\n    x = ", "\n    return first\n"), ("})", "f({g({\n", "\n})\n")],
)
def test_what_rightly_stands_twice_is_an_answer(answer: str, before: str, behind: str) -> None:
    (judged,) = judge_by(ByLikelihood(), before, behind).judged([judged_answer(answer, 2.0, parses=True)])
    assert judged.score == 2.0


def judge_by(odds: ByLikelihood | ByLength, before: str = "", behind: str = "") -> Judge:
    """Return the judge of a hole in a file, who has the same odds for answers of any origin."""
    around = Surroundings((before, behind), "python", RAW)
    return Judge(Calibration(1, 0, 1.0, 0.6, dict.fromkeys(ORIGINS, odds)), (), around)


def judged_answer(text: str, likelihood: float, parses: bool) -> Answer:
    ids = (*RAW.encode(text),)
    hole = HoleIds(ids, (1.0,) * len(ids), (True,) * len(ids), is_closed=True)
    return Answer((hole,), 1, "stable", likelihood=likelihood, tokens=1, error=None if parses else Place(0, 0))
