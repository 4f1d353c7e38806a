from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch

from diffgemma_lsp.diffusion.segments import Slots
from diffgemma_lsp.fill import Candidate, FillTask, Hole
from diffgemma_lsp.infilling.starts import Start, looked_at, starts_of
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.prompts.calibration import ORIGINS, Calibration, Features, Odds, Origin
from diffgemma_lsp.prompts.layout import Layout
from diffgemma_lsp.prompts.profile import ModelProfile
from diffgemma_lsp.text.precedents import Precedent
from tests.infilling.test_filler import CHAT, FILE, RAW, events, filler
from tests.prompts.profiles import chat_profile, raw_profile

PRECEDENTS = (Precedent("return first", 1.5, "a.py", 3), Precedent("pass", 0.5, "b.py", 1))
LAYOUT = Layout(prompt=(3, 4, 5), tail=(6, 7), between=(), suffix=(8, 9))


class Constant:
    """Odds that are the same whatever is known."""

    def __init__(self, value: float) -> None:
        self.value = value

    def log_odds(self, features: Features) -> float:
        return self.value - 0.01 * len(features.text)


class Recorder:
    """Odds that prefer nothing, and remember what they were asked about."""

    def __init__(self) -> None:
        self.seen: list[Features] = []

    def log_odds(self, features: Features) -> float:
        self.seen.append(features)
        return -1.0


def with_odds(
    profile: ModelProfile, copied: float, *, doubt: float = 1.0, sure: float = 1.0, rows: int = 2
) -> ModelProfile:
    odds: Mapping[Origin, Odds] = {
        "copied": Constant(copied),
        "between": Constant(copied),
        "written": Constant(-1.5),
        "revised": Constant(-1.0),
        "noise": Constant(-2.0),
    }
    return replace(profile, precedents=Calibration(2, rows, doubt, sure, odds))


def task(**options: Any) -> FillTask:
    return FillTask((FILE[:28], Hole(), FILE[49:]), language="python", path="a.py", seed=1, **options)


def candidates(profile: ModelProfile, asked: FillTask) -> tuple[Candidate, ...]:
    tokenizer = RAW if profile.prompt == "raw" else CHAT
    return events(filler(tokenizer, profile).fill(asked))[2].candidates


def test_without_a_calibration_precedents_change_nothing() -> None:
    for profile in (raw_profile(), chat_profile()):
        plain = candidates(profile, task(candidates=3))
        assert candidates(profile, task(candidates=3, precedents=PRECEDENTS)) == plain
        assert all(candidate.precedent is None for candidate in plain)


def test_without_precedents_what_comes_from_noise_has_its_calibrated_probability() -> None:
    for profile in (raw_profile(), chat_profile()):
        (best,) = candidates(with_odds(profile, 2.0), task())
        assert best.precedent is None
        assert best.confidence == pytest.approx(1 / (1 + math.exp(2 + 0.01 * len(best.texts[0]))))
        assert {token.confidence for token in best.holes[0]} <= {best.confidence}


def test_a_sure_precedent_is_the_answer_after_one_look() -> None:
    for profile in (raw_profile(), chat_profile()):
        (best,) = candidates(with_odds(profile, 3.0, sure=0.9), task(precedents=PRECEDENTS))
        assert best.texts[0] in {each.text for each in PRECEDENTS}
        assert best.steps == 1
        assert best.precedent is not None
        assert best.precedent.text == best.texts[0]
        assert best.confidence > 0.9
        assert {token.confidence for token in best.holes[0]} == {best.confidence}


def test_where_none_can_be_revised_the_decoder_does_not_look_at_precedents(monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[torch.Tensor] = []
    condition = TransformersBackend.condition

    def watched(self: TransformersBackend, ids: torch.Tensor, soft: torch.Tensor | None) -> torch.Tensor:
        passes.append(ids)
        return condition(self, ids, soft)

    monkeypatch.setattr(TransformersBackend, "condition", watched)
    for rows in (2, 0):
        passes.clear()
        profile = with_odds(raw_profile(), 3.0, sure=0.9, rows=rows)
        (best,) = candidates(profile, task(precedents=PRECEDENTS))
        assert best.texts[0] in {each.text for each in PRECEDENTS}
        assert (best.steps, len(passes)) == (min(rows, 1), min(rows, 1))
        assert {token.confidence for token in best.holes[0]} == {best.confidence}


def test_precedents_compete_with_revised_ones_and_with_noise() -> None:
    found = candidates(with_odds(raw_profile(), 0.0), task(precedents=PRECEDENTS, candidates=8))
    texts = [candidate.texts[0] for candidate in found]
    assert set(texts[:2]) == {each.text for each in PRECEDENTS}
    assert len(set(texts)) == len(texts)
    assert any(candidate.precedent is None for candidate in found), "from noise"
    assert any(candidate.precedent is not None for candidate in found[2:]), "revised"
    scores = [candidate.score for candidate in found]
    assert scores == sorted(scores, reverse=True)


def test_what_stands_between_the_same_characters_has_odds_of_its_own_and_is_not_revised() -> None:
    between = (Precedent("first", 0.0, "a.py", 2, 5.0), Precedent("second", 0.0, "a.py", 3, 3.5))
    recorders: dict[Origin, Recorder] = {origin: Recorder() for origin in ORIGINS}
    profile = replace(raw_profile(), precedents=Calibration(4, 2, 1.0, 1.0, recorders))
    candidates(profile, task(precedents=(*PRECEDENTS, *between)))
    known = {
        origin: {(each.text, each.likeness, each.context, round(each.lead, 6)) for each in recorder.seen}
        for origin, recorder in recorders.items()
    }
    assert known["copied"] == {("return first", 1.5, 0.0, 1.0), ("pass", 0.5, 0.0, -1.0)}
    assert known["between"] == {("first", 0.0, 5.0, 1.5), ("second", 0.0, 3.5, -1.5)}
    assert recorders["revised"].seen
    assert all(each.context == 0 for each in recorders["revised"].seen), "only precedents of lines are revised"
    assert all(each.likeness == each.context == 0 for each in recorders["noise"].seen)


def test_precedents_that_nothing_speaks_for_come_last() -> None:
    plain_text = replace(task(precedents=PRECEDENTS), language="")
    found = candidates(with_odds(raw_profile(), -9.0), plain_text)
    assert found[0].texts[0] not in {each.text for each in PRECEDENTS}


def test_several_holes_and_too_long_precedents_are_filled_from_noise() -> None:
    profile = with_odds(raw_profile(), 3.0)
    two = FillTask(("a = ", Hole(), "\nb = ", Hole(), "\n"), seed=1)
    assert candidates(profile, replace(two, precedents=PRECEDENTS)) == candidates(profile, two)
    long = (Precedent("x = 1\n" * 200, 2.0, "a.py", 1), Precedent("", 2.0, "a.py", 1))
    assert candidates(profile, task(precedents=long))[0].precedent is None


def test_a_seed_reproduces_a_fill_from_precedents() -> None:
    profile = with_odds(raw_profile(), 0.0)
    asked = task(precedents=PRECEDENTS, candidates=4)
    assert candidates(profile, asked) == candidates(profile, asked)


def test_the_first_draft_shows_a_precedent() -> None:
    _, drafts, _ = events(filler(RAW, with_odds(raw_profile(), 0.0)).fill(task(precedents=PRECEDENTS)))
    assert drafts[0].texts[0] in {each.text for each in PRECEDENTS}
    assert [draft.step for draft in drafts] == list(range(len(drafts)))


def test_starts_close_their_hole_where_a_model_has_a_filler() -> None:
    raw, chat = starts_of(PRECEDENTS, raw_profile(), RAW)[1], starts_of(PRECEDENTS, chat_profile(), CHAT)[1]
    assert raw.slots[len(raw.ids) :] == (RAW.id("<|filler|>"),) * (len(raw.slots) - len(raw.ids))
    assert len(raw.slots) > len(raw.ids)
    assert chat.slots == chat.ids


def test_a_look_is_the_probability_of_what_stands_there() -> None:
    ours = filler(RAW)
    backend, cache = ours._backend, ours._backend.new_cache()
    backend.prefill([3, 4, 5], cache)
    starts = starts_of(PRECEDENTS, raw_profile(), RAW)
    looks = looked_at(backend, cache, LAYOUT, starts, None, torch.Generator().manual_seed(0))
    for start, look in zip(starts, looks, strict=True):
        assert set(start.chances) == {1.0}
        assert look == replace(start, chances=look.chances)
        row = torch.tensor([[*LAYOUT.tail, *start.slots, *LAYOUT.suffix]])
        hidden = backend.forward(backend.condition(row, None), torch.ones_like(row, dtype=torch.bool), None, cache)
        expected = backend.head(hidden).softmax(dim=-1)[torch.arange(row.shape[1]), row[0]]
        first = len(LAYOUT.tail)
        torch.testing.assert_close(torch.tensor(look.chances), expected[first : first + len(start.slots)])
        assert look.hole.confidence == look.chances[: len(start.ids)]


def test_what_is_doubted_becomes_noise_and_the_rest_stays() -> None:
    start = Start(PRECEDENTS[0], (7, 8), (7, 8, 9), (0.9, 0.1, 0.9))
    assert start.doubted(0.5) == Slots(3, (7, None, 9))
    assert start.doubted(0.05) is None


def test_a_precedent_that_breaks_the_document_comes_after_one_that_does_not() -> None:
    broken = replace(PRECEDENTS[0], text="return (first", score=2.0)
    sound = replace(PRECEDENTS[0], text="return first", score=0.1)
    found = candidates(with_odds(raw_profile(), 9.0, sure=0.9), task(precedents=(broken, sound), candidates=8))
    texts = [each.texts[0] for each in found]
    assert texts[0] == sound.text
    assert texts.index(broken.text) > 0
    for alone, ends_there in ((broken, False), (sound, True)):
        ours = filler(profile=with_odds(raw_profile(), 9.0, sure=0.9))
        _, drafts, _ = events(ours.fill(task(precedents=(alone,))))
        assert (len(drafts) == 1) == ends_there
