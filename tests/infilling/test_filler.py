from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from diffgemma_lsp.errors import OutOfMemoryError
from diffgemma_lsp.fill import Candidate, Draft, Event, Fill, FillTask, Hole, Progress, mean_confidence
from diffgemma_lsp.infilling.filler import DiffusionFiller
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.prompts.calibration import TextOdds
from diffgemma_lsp.prompts.profile import ModelProfile
from diffgemma_lsp.prompts.tokenizer import Tokenizer
from diffgemma_lsp.text.syntax.soundness import Soundness
from tests.prompts.profiles import chat_profile, raw_profile
from tests.tiny import tiny_model
from tests.vocabularies import GEMMA_SPECIALS, STARTER_SPECIALS, gemma_tokenizer, starter_tokenizer

RAW, CHAT = starter_tokenizer(), gemma_tokenizer()
FILE = "def add(first, second):\n    return first + second\n\n\nprint(add(1, 2))\n"


def filler(
    tokenizer: Tokenizer = RAW, profile: ModelProfile | None = None, clock: Callable[[], float] | None = None
) -> DiffusionFiller:
    model = tiny_model(vocab_size=tokenizer.size, sliding_window=16)
    found = profile or (raw_profile() if tokenizer is RAW else chat_profile())
    return DiffusionFiller(TransformersBackend(model), tokenizer, found, "tiny", clock or itertools.count().__next__)


def one_hole(**options: Any) -> FillTask:
    return FillTask((FILE[:28], Hole(), FILE[49:]), language="python", path="a.py", seed=1, **options)


def events(work: Iterator[Event]) -> tuple[list[Progress], list[Draft], Fill]:
    *others, last = work
    assert isinstance(last, Fill)
    progress = [event for event in others if isinstance(event, Progress)]
    drafts = [event for event in others if isinstance(event, Draft)]
    assert len(progress) + len(drafts) == len(others)
    return progress, drafts, last


@pytest.mark.parametrize("tokenizer", [RAW, CHAT], ids=["raw", "chat"])
def test_a_task_ends_with_one_fill_after_progress_and_drafts(tokenizer: Tokenizer) -> None:
    progress, drafts, fill = events(filler(tokenizer).fill(one_hole()))
    assert progress[-1].done == progress[-1].total
    assert drafts[0].step == 0
    assert fill.model == "tiny"
    (candidate,) = fill.candidates
    assert len(candidate.texts) == 1
    assert drafts[-1].texts == candidate.texts or len(drafts[-1].texts) == 1
    assert 0 <= candidate.confidence <= 1
    assert candidate.steps >= 1


@pytest.mark.parametrize("tokenizer", [RAW, CHAT], ids=["raw", "chat"])
def test_no_special_token_comes_out(tokenizer: Tokenizer) -> None:
    names = STARTER_SPECIALS if tokenizer is RAW else GEMMA_SPECIALS
    for seed in range(5):
        task = FillTask((FILE, Hole(), "\n", Hole(), ""), seed=seed, candidates=2)
        for candidate in events(filler(tokenizer).fill(task))[2].candidates:
            for text in candidate.texts:
                assert not any(name in text for name in names)


@pytest.mark.parametrize("tokenizer", [RAW, CHAT], ids=["raw", "chat"])
def test_a_seed_reproduces_a_fill(tokenizer: Tokenizer) -> None:
    ours = filler(tokenizer)
    first, again = (events(ours.fill(one_hole()))[2].candidates for _ in range(2))
    assert first == again
    assert events(filler(tokenizer).fill(one_hole()))[2].candidates == first


def test_confidences_are_what_the_profile_says_that_they_are_worth() -> None:
    odds = TextOdds(bias=-0.5, slope=0.25)
    task = FillTask(("a = ", Hole(), "; b = ", Hole(), ";\n"), seed=1)
    _, plain_drafts, plain_fill = events(filler(CHAT).fill(task))
    (plain,) = plain_fill.candidates
    _, drafts, fill = events(filler(CHAT, replace(chat_profile(), confidence=odds)).fill(task))
    (worth,) = fill.candidates
    assert worth.texts == plain.texts
    for before, after in zip(plain.holes, worth.holes, strict=True):
        assert [token.confidence for token in after] == pytest.approx(
            odds.chances([each.confidence for each in before])
        )
    assert worth.confidence == pytest.approx(mean_confidence(worth.holes))
    assert drafts == plain_drafts, "a draft shows what the model makes of it"


class Left(Exception):
    pass


class LeavingAt:
    """Raises `Left` in front of a layer, counted over all passes; `passed` counts those that were passed."""

    def __init__(self, layer: int | None = None) -> None:
        self._layer = layer
        self.passed = 0

    def __call__(self) -> None:
        if self.passed == self._layer:
            self._layer = None
            raise Left
        self.passed += 1


def test_a_fill_that_is_left_between_any_two_layers_leaves_no_trace() -> None:
    unwatched = events(filler().fill(one_hole()))[2].candidates
    ours = filler()
    never = LeavingAt()
    ours.watch(never)
    assert events(ours.fill(one_hole()))[2].candidates == unwatched
    assert never.passed > 10
    for layer in range(never.passed):
        ours = filler()
        ours.watch(LeavingAt(layer))
        with pytest.raises(Left):
            events(ours.fill(one_hole()))
        assert events(ours.fill(one_hole()))[2].candidates == unwatched


def test_holes_that_fit_one_canvas_are_filled_jointly() -> None:
    task = FillTask(("a = ", Hole(), "; b = ", Hole(), ";\n"), seed=1)
    _, drafts, fill = events(filler(CHAT).fill(task))
    assert all(text for text in drafts[0].texts), "both holes have text from the first step on"
    assert len(fill.candidates[0].texts) == 2


def test_holes_far_apart_are_filled_in_order_each_after_the_one_before() -> None:
    task = FillTask(("a = ", Hole(), "\n" + FILE * 4, Hole(), ";\n"), seed=1)
    _, drafts, fill = events(filler(CHAT).fill(task))
    assert drafts[0].texts[1] == ""
    assert drafts[-1].texts[1] != ""
    assert drafts[-1].texts[0] == fill.candidates[0].texts[0]
    assert all(fill.candidates[0].texts)


def test_a_hole_that_never_closes_goes_on_in_a_next_block_up_to_its_limit() -> None:
    ours = filler(RAW, raw_profile(max_length=24))
    ours._bias[RAW.id("<|filler|>")] = -torch.inf
    _, drafts, fill = events(ours.fill(one_hole(max_tokens=40)))
    (hole,) = fill.candidates[0].holes
    assert len(hole) == 40
    assert max(len(draft.holes[0]) for draft in drafts) == 40
    lengths = [len(draft.holes[0]) for draft in drafts]
    assert lengths == sorted(lengths), "a later block continues what earlier ones wrote"


def test_a_hole_that_repeats_one_token_gets_no_more_room() -> None:
    ours = filler(RAW, raw_profile(max_length=24))
    ours._bias[:] = -torch.inf
    ours._bias[RAW.encode("a")[0]] = 0.0
    (hole,) = events(ours.fill(one_hole(max_tokens=40)))[2].candidates[0].holes
    assert 8 <= len(hole) < 40
    assert {token.text for token in hole} == {"a"}


def test_without_a_filler_a_full_canvas_goes_on_in_a_next_block() -> None:
    ours = filler(CHAT, chat_profile(max_length=24))
    lengths = set()
    for seed in range(6):
        task = FillTask((FILE, Hole(), "x"), seed=seed, max_tokens=60)
        lengths.add(len(events(ours.fill(task))[2].candidates[0].holes[0]))
    assert all(length <= 60 for length in lengths)


def test_max_tokens_and_max_steps_hold() -> None:
    for tokenizer in (RAW, CHAT):
        _, drafts, fill = events(filler(tokenizer).fill(one_hole(max_tokens=3, max_steps=2, candidates=3)))
        assert all(len(candidate.holes[0]) <= 3 for candidate in fill.candidates)
        assert len(drafts) <= 2
        assert all(candidate.stopped in {"steps", "stable"} for candidate in fill.candidates)


def test_candidates_differ_and_come_best_first() -> None:
    _, _, fill = events(filler(CHAT).fill(replace(one_hole(candidates=4), language="")))
    texts = [candidate.holes for candidate in fill.candidates]
    assert 1 < len(texts) <= 4
    assert len(set(texts)) == len(texts)
    scores = [candidate.score for candidate in fill.candidates]
    assert scores == sorted(scores, reverse=True)


def parses(candidate: Candidate) -> bool:
    return Soundness(FILE[:28], FILE[49:], "python").first_error(candidate.texts[0]) is None


def test_candidates_with_which_the_document_parses_come_before_others() -> None:
    _, _, fill = events(filler().fill(one_hole(candidates=12, max_tokens=2)))
    sound = [parses(candidate) for candidate in fill.candidates]
    assert sound == sorted(sound, reverse=True)
    assert 0 < sum(sound) < len(sound)
    scores = [candidate.score for candidate in fill.candidates]
    assert scores != sorted(scores, reverse=True), "the likeliest is not among those that parse"


class ClosingSoon(TransformersBackend):
    """Likes fillers, so that most holes are closed after some tokens."""

    def head(self, hidden: Tensor) -> Tensor:
        logits = super().head(hidden)
        logits[:, RAW.id("<|filler|>")] += 5
        return logits


def repairing(repairs: int) -> DiffusionFiller:
    profile = raw_profile()
    profile = replace(profile, sampling=replace(profile.sampling, repairs=repairs))
    backend = ClosingSoon(tiny_model(vocab_size=RAW.size, sliding_window=16))
    return DiffusionFiller(backend, RAW, profile, "tiny", itertools.count().__next__)


def test_what_does_not_parse_is_denoised_once_more_from_its_error_on() -> None:
    tasks = [FillTask((FILE, Hole(), "\n" + FILE), language="python", seed=seed) for seed in range(20)]
    plain, mended = ([events(repairing(count).fill(task)) for task in tasks] for count in (0, 8))
    won = 0
    for (_, drafts, fill), (_, more_drafts, more) in zip(plain, mended, strict=True):
        assert more_drafts[: len(drafts)] == drafts
        assert [draft.step for draft in more_drafts] == list(range(len(more_drafts)))
        document = Soundness(FILE, "\n" + FILE, "python")
        before, after = (document.first_error(each.candidates[0].texts[0]) is None for each in (fill, more))
        if before:
            assert more.candidates == fill.candidates
        else:
            won += after
            assert not after or len(more_drafts) > len(drafts)
    assert won > 0


def test_nothing_is_repaired_without_a_grammar_or_in_time() -> None:
    for options in ({"language": ""}, {"budget_seconds": 0.5}):
        task = replace(one_hole(), **options)
        plain, mended = (events(repairing(count).fill(task)) for count in (0, 3))
        assert plain[1] == mended[1]
        assert plain[2].candidates == mended[2].candidates


def test_a_budget_that_is_over_still_gives_what_stands_after_a_step() -> None:
    _, drafts, fill = events(filler(CHAT).fill(one_hole(budget_seconds=0.5)))
    assert len(drafts) == 1
    assert fill.candidates[0].stopped == "budget"


def test_a_second_keystroke_finds_its_prompt_in_the_cache() -> None:
    ours = filler()
    events(ours.fill(one_hole()))
    typed = FillTask((FILE[:28] + "retu", Hole(), FILE[49:]), path="a.py", seed=1)
    timings = events(ours.fill(typed))[2].timings
    assert timings.cached_tokens == timings.prompt_tokens > 0
    other = FillTask(typed.pieces, path="b.py", seed=1)
    assert events(ours.fill(other))[2].timings.cached_tokens == 0


def test_a_closed_fill_leaves_the_filler_usable() -> None:
    ours = filler()
    expected = events(filler().fill(one_hole()))[2].candidates
    for consumed in range(4):
        work = ours.fill(one_hole())
        for _ in range(consumed):
            next(work)
        work.close()
    assert events(ours.fill(one_hole()))[2].candidates == expected


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError(), RuntimeError("[enforce fail at alloc_cpu.cpp:127] can't allocate memory")]
)
def test_a_device_out_of_memory_is_one_sentence_and_the_next_task_works(error: RuntimeError) -> None:
    ours = filler()
    backend = ours._backend

    class Exhausted:
        device = backend.device

        def __getattr__(self, name: str) -> Any:
            return getattr(backend, name)

        def forward(self, *_: Any) -> torch.Tensor:
            raise error

    ours._backend = Exhausted()
    with pytest.raises(OutOfMemoryError, match=r"cpu ran out of memory.*fewer candidates"):
        list(ours.fill(one_hole()))
    ours._backend = backend
    assert events(ours.fill(one_hole()))[2].timings.cached_tokens == 0


def test_an_empty_document_and_a_huge_one_are_filled() -> None:
    for pieces in ((Hole(),), ("", Hole(), ""), (FILE * 2000, Hole(), FILE * 2000)):
        for tokenizer in (RAW, CHAT):
            assert events(filler(tokenizer).fill(FillTask(pieces, seed=0)))[2].candidates


def test_an_instruction_reaches_a_chat_prompt_only() -> None:
    told = FillTask(("a = ", Hole("1"), "\n"), instruction="make it two", seed=0)
    plain = FillTask(("a = ", Hole("1"), "\n"), seed=0)
    for tokenizer, changes in ((RAW, False), (CHAT, True)):
        lengths = [events(filler(tokenizer).fill(task))[2].timings.prompt_tokens for task in (told, plain)]
        assert (lengths[0] > lengths[1]) is changes
