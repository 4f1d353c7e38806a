from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, count, pairwise

import pytest
import torch
from torch import Tensor

from diffgemma_lsp.diffusion.cache import Branches, PrefixCache
from diffgemma_lsp.diffusion.score import log_likelihoods
from diffgemma_lsp.fill import Candidate, FillTask, Hole
from diffgemma_lsp.infilling.answer import Answer, join_answers
from diffgemma_lsp.infilling.filler import DiffusionFiller
from diffgemma_lsp.infilling.ngrams import NO_NGRAMS
from diffgemma_lsp.infilling.written import Line, LineWriter, endings
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.prompts.layout import Layout
from diffgemma_lsp.prompts.profile import ModelProfile
from diffgemma_lsp.prompts.reading import ENDED, HoleIds
from diffgemma_lsp.prompts.smoothing import Smoothing
from tests.diffusion.parts import encoded
from tests.infilling.test_filler import CHAT, FILE, RAW, events, one_hole
from tests.infilling.test_starts import PRECEDENTS, with_odds
from tests.prompts.profiles import chat_profile, raw_profile
from tests.tiny import tiny_model


class Reciting(TransformersBackend):
    """An encoder that knows some lines by heart: where one is spelled as it should be, its next token has most."""

    def __init__(self, *lines: str) -> None:
        super().__init__(tiny_model(vocab_size=RAW.size))
        self._lines = [RAW.encode(line) for line in lines]

    def new_cache(self) -> PrefixCache:
        self._cache = super().new_cache()
        return self._cache

    def next_log_probabilities(self, ids: Tensor, branches: Branches) -> Tensor:
        super().next_log_probabilities(ids, branches)
        shared = self._cache.ids[: branches.start]
        rows = [[*shared, *row] for row in branches.ids.tolist()]
        starts = [1 + max(index for index, id_ in enumerate(row) if id_ in RAW.special_ids) for row in rows]
        return torch.tensor([self._chances(row[start:]) for row, start in zip(rows, starts, strict=True)]).log()

    def _chances(self, row: list[int]) -> list[float]:
        chances = [0.01 / self.vocab_size] * self.vocab_size
        fitting = [line for line in self._lines if line[: len(row)] == row and len(line) > len(row)]
        for rank, line in enumerate(fitting):
            chances[line[len(row)]] += 0.99 / 2**rank
        return [chance / sum(chances) for chance in chances]


def layout(before: str, after: str) -> Layout:
    return Layout(prompt=(RAW.id("<|bos|>"),), tail=(*RAW.encode(before),), between=(), suffix=(*RAW.encode(after),))


def written(before: str, after: str, *lines: str, beams: int = 4, limit: int = 16) -> list[str]:
    backend = Reciting(*lines)
    cache = encoded(backend, [RAW.id("<|bos|>")])
    where = layout(before, after)
    writer = LineWriter(backend, RAW, beams)
    holes = writer.holes(ended(writer, cache, where.tail, min(limit, 16)), where, limit)
    assert cache.length == 1
    assert all(hole.is_closed and len(hole.ids) == len(hole.confidence) == len(hole.settled) for hole in holes)
    return [RAW.decode(hole.ids) for hole in holes]


def ended(writer: LineWriter, cache: PrefixCache, tail: Sequence[int], most: int = 16) -> list[Line]:
    search = writer.search(cache, tail, NO_NGRAMS)
    assert list(search.drafts(most))
    return search.lines


def test_lines_are_the_likeliest_of_all_and_their_probabilities_those_of_the_encoder() -> None:
    backend = TransformersBackend(tiny_model(vocab_size=RAW.size))
    cache = encoded(backend, RAW.encode("def add("))
    ends = [id_ for id_ in range(RAW.size) if "\n" in RAW.decode([id_])]
    texts = [id_ for id_ in range(RAW.size) if RAW.decode([id_]).strip() and id_ not in ends]
    rows = [[text, end] for text in texts for end in ends]
    likelihoods = map(sum, log_likelihoods(backend, cache, rows))
    totals: dict[str, float] = {}
    for (text, _), likelihood in zip(rows, likelihoods, strict=True):
        totals[RAW.decode([text])] = totals.get(RAW.decode([text]), 0.0) + math.exp(likelihood)
    # The first token is one that has a text of its own.
    last = torch.tensor([cache.ids[-1:]])
    first = backend.next_log_probabilities(last, cache.branches(cache.length - 1))[0].exp()
    possible = sum(float(first[id_]) for id_ in range(RAW.size) if RAW.decode([id_]))
    expected = sorted(((total / possible, text) for text, total in totals.items()), reverse=True)[:5]
    lines = ended(LineWriter(backend, RAW, RAW.size), cache, (), 2)[:5]
    assert [line.text for line in lines] == [text for _, text in expected]
    assert [math.exp(line.log_probability) for line in lines] == pytest.approx(
        [total for total, _ in expected], rel=1e-4
    )


def test_more_beams_find_a_line_whose_first_token_is_not_the_likeliest() -> None:
    lines = ("x = first", "x = self\n")
    assert "self" not in written("x = ", "\n", *lines, beams=1), "the likelier line has no end"
    assert "self" in written("x = ", "\n", *lines, beams=2)


@pytest.mark.parametrize("stub", ["ret", "return fi", "return first +", "return first + se"])
def test_a_word_that_was_begun_is_finished(stub: str) -> None:
    line = "return first + second\n"
    assert written(stub, "\n", line)[0] == line.removeprefix(stub).rstrip("\n")


def test_the_indentation_after_a_line_end_is_written_with_it() -> None:
    assert written(":\n", "\n", ":\n    return first\n")[0] == "    return first"


def test_after_a_finished_line_comes_the_next_one() -> None:
    assert written("x = first", "\n", "x = first\n    y = second\n")[0] == "\n    y = second"


BODY = "x = first\n    y = second\n    return y\n"


def longer(text: str, limit: int = 32, suffix: str = "") -> list[str]:
    """Return the lines that were found after "x = ", of which one goes on as a text does, the likeliest first."""
    backend = Reciting(text)
    writer = LineWriter(backend, RAW, 2)
    search = writer.search(encoded(backend, [RAW.id("<|bos|>")]), RAW.encode("x = "), NO_NGRAMS)
    drafts = list(chain(search.drafts(limit), writer.longer(search, suffix, limit)))
    assert all(line.log_probability <= search.lines[0].log_probability for line in search.lines)
    assert {line.text for line in search.lines} >= {"first"} <= {line.text for line in drafts}
    return [line.text for line in search.lines]


def test_a_likely_line_goes_on_into_the_next_ones() -> None:
    assert longer(BODY)[:3] == ["first", "first\n    y = second", "first\n    y = second\n    return y"]


def test_an_unlikely_line_goes_no_further() -> None:
    """Of what follows the body, nothing is known."""
    texts = longer("x = first\n")
    assert not any("\n" in text for text in texts)


@pytest.mark.parametrize("line_end", ["", "\n", "\n\n"])
def test_lines_go_on_up_to_what_stands_behind_the_hole(line_end: str) -> None:
    assert longer(BODY, suffix=f"{line_end}    return y\n") == ["first", "first\n    y = second"]
    assert longer(BODY, suffix=f"{line_end}    y = second\n    return y\n") == ["first"]
    assert len(longer(BODY, suffix=f"{line_end}    y = third\n")) == 3


def test_lines_that_go_on_are_no_longer_than_a_hole_may_be() -> None:
    assert longer(BODY, limit=6) == ["first"]
    assert longer(BODY, limit=12) == ["first", "first\n    y = second"]


@pytest.mark.parametrize(
    ("line", "suffix", "may_be_whole", "expected"),
    [
        ("return first", "\nx", False, ["return first"]),
        ("return first", "", False, ["return first"]),
        ("add(first, second)", ", second)\n", False, ["add(first"]),
        ("add(a, (b, c), d)", ")\n", False, ["add(a, (b, c), d"]),
        ("f(a, b, a)", ", a", False, ["f(a, b"]),
        ("a.b.a.b.c", ".b.", False, ["a", "a.b.a"]),
        ("return first", "second\n", False, []),
        ("    return first", "    x\n", True, ["    return first\n"]),
        ("    self.x = 1", "self.x\n", True, ["    self.x = 1\n"]),
        ("return first", "\n    x\n", True, ["return first"]),
    ],
)
def test_a_line_ends_where_the_suffix_could_follow(
    line: str, suffix: str, may_be_whole: bool, expected: Sequence[str]
) -> None:
    assert list(endings(line, suffix, may_be_whole=may_be_whole)) == expected


def test_a_whole_line_keeps_its_end_and_a_part_of_one_does_not() -> None:
    assert written(":\n", "print(", ":\n    return first\n")[0] == "    return first\n"
    assert written("x", "print(", "x = first\n") == []


def test_what_is_longer_than_a_hole_may_be_is_left_out() -> None:
    line = "return first + second\n"
    assert written("return ", "\n", line)[0] == "first + second"
    assert written("return ", "\n", line, limit=1) == []
    assert all(len(RAW.encode(text)) <= 2 for text in written("return ", "\n", line, limit=2))


def test_the_confidences_multiply_to_the_probability_of_the_line() -> None:
    backend = Reciting("return first + second\n")
    cache = encoded(backend, [RAW.id("<|bos|>")])
    writer = LineWriter(backend, RAW, 1)
    where = layout("return ", "\n")
    (line,) = ended(writer, cache, where.tail)
    (hole,) = writer.holes([line], where, 16)
    share = len(line.text) / (len(line.text) + 1)
    assert math.prod(hole.confidence) == pytest.approx(math.exp(line.log_probability * share))


def with_beams(profile: ModelProfile, beams: int) -> ModelProfile:
    return replace(profile, sampling=replace(profile.sampling, beams=beams))


def candidates(asked: FillTask, *lines: str, profile: ModelProfile | None = None) -> tuple[Candidate, ...]:
    filler = DiffusionFiller(Reciting(*lines), RAW, profile or with_beams(raw_profile(), 2), "reciting")
    return events(filler.fill(asked))[2].candidates


def test_a_written_line_competes_with_what_comes_from_noise() -> None:
    found = candidates(one_hole(candidates=8), FILE[:28] + "return second\n")
    texts = [candidate.texts[0] for candidate in found]
    (line,) = (candidate for candidate in found if candidate.texts[0] == "return second")
    assert line.is_left_to_right
    assert line.steps == len(line.holes[0])
    assert not all(candidate.is_left_to_right for candidate in found)
    assert len(texts) == len(set(texts)) > 2
    without = [each.texts[0] for each in candidates(one_hole(candidates=8), profile=raw_profile())]
    assert "return second" not in without


def test_a_written_line_that_is_a_precedent_counts_as_that() -> None:
    profile = with_odds(with_beams(raw_profile(), 2), 0.0)
    line = FILE[:28] + PRECEDENTS[0].text + "\n"
    found = candidates(one_hole(candidates=8, precedents=PRECEDENTS), line, profile=profile)
    (same,) = (candidate for candidate in found if candidate.texts[0] == PRECEDENTS[0].text)
    assert same.precedent == PRECEDENTS[0]
    assert not same.is_left_to_right
    assert any(candidate.is_left_to_right for candidate in found)


def test_a_sure_written_line_is_not_held_against_noise() -> None:
    profile = with_odds(with_beams(raw_profile(), 1), 0.0, sure=0.1)
    filler = DiffusionFiller(Reciting(FILE[:28] + "return second\n"), RAW, profile, "reciting")
    _, drafts, fill = events(filler.fill(one_hole(precedents=())))
    first_lines = [draft.texts[0].partition("\n")[0] for draft in drafts]
    assert all("return second".startswith(text) for text in first_lines)
    assert drafts[-1].texts == ("return second",)
    assert fill.candidates[0].is_left_to_right


@pytest.mark.parametrize(
    ("before", "missing"),
    [("def add(first, second):\n", "    return first + second"), ("    ret", "urn first + second")],
)
def test_a_line_of_the_same_document_is_written(before: str, missing: str) -> None:
    """The encoder knows nothing; the document has the line five times, behind the same words."""
    line = "    return first + second\n"
    known = f"def add(first, second):\n{line}\n" * 5
    backend = TransformersBackend(tiny_model(vocab_size=RAW.size))
    profile = replace(with_beams(raw_profile(), 4), ngrams=Smoothing(5.0, 1.5))
    filler = DiffusionFiller(backend, RAW, profile, "tiny")
    asked = FillTask((known + before, Hole(), "\n"), language="python", seed=1, candidates=8)
    texts = [each.texts[0] for each in events(filler.fill(asked))[2].candidates]
    assert missing in texts


LONG = "return second + first * second"


def test_drafts_are_shown_while_a_line_is_written() -> None:
    filler = DiffusionFiller(Reciting(f"{FILE[:28]}{LONG}\n"), RAW, with_beams(raw_profile(), 1), "reciting")
    _, drafts, _ = events(filler.fill(one_hole()))
    texts = [draft.texts[0] for draft in drafts]
    written = texts.index(LONG)
    assert written > 3
    assert all(text and longer.startswith(text) for text, longer in pairwise(texts[: written + 1]))
    steps = [draft.step for draft in drafts]
    assert steps == sorted(set(steps)), "each step has at most one draft"
    assert all(draft.step < draft.max_steps for draft in drafts)


def test_writing_ends_with_the_time_that_there_is() -> None:
    now = count()
    backend = Reciting(f"{FILE[:28]}{LONG}\n")
    profile = with_beams(raw_profile(), 1)
    filler = DiffusionFiller(backend, RAW, profile, "reciting", clock=lambda: next(now))
    _, drafts, fill = events(filler.fill(one_hole(budget_seconds=8.0)))
    assert LONG.startswith(fill.candidates[0].texts[0]), "what could end until then, unlikely as that is"
    assert any(LONG.startswith(draft.texts[0]) for draft in drafts)
    assert not any(draft.texts[0].startswith(LONG) for draft in drafts)


def test_holes_that_are_filled_jointly_have_no_written_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Layout] = []

    def holes(self: LineWriter, lines: Sequence[Line], layout: Layout, limit: int) -> list[HoleIds]:
        asked.append(layout)
        return []

    monkeypatch.setattr(LineWriter, "holes", holes)
    candidates(FillTask((FILE[:28], Hole(), " + ", Hole(), "\n"), seed=1))
    assert not any(layout.between for layout in asked)
    candidates(one_hole())
    assert asked


def test_an_answer_of_several_groups_is_written_only_where_all_of_them_are() -> None:
    written, denoised = (Answer((ENDED,), 1, "stable", origin=origin) for origin in ("written", "noise"))
    assert [join_answers(answers).origin for answers in ([written], [written, written], [written, denoised])] == [
        "written",
        "written",
        "noise",
    ]


def test_a_model_of_the_other_kind_writes_lines_too() -> None:
    backend = TransformersBackend(tiny_model(vocab_size=CHAT.size))
    filler = DiffusionFiller(backend, CHAT, with_beams(chat_profile(), 3), "tiny")
    _, drafts, fill = events(filler.fill(one_hole(candidates=8)))
    assert drafts[0].texts[0].strip()
    assert len(fill.candidates) > 3
