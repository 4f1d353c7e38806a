from __future__ import annotations

from collections import Counter

import pytest
import torch

from diffgemma_lsp.infilling.ngrams import MOST_CONTEXT, NO_NGRAMS, NgramCache, Speller
from diffgemma_lsp.prompts.smoothing import Smoothing
from tests.infilling.test_filler import RAW

PRIOR, SPREAD = 5.7, 1.81
SMOOTHING = Smoothing(PRIOR, SPREAD)


def spelled(*ids: int) -> str:
    return "".join(map(chr, ids))


def counted(cache: NgramCache, context: list[int]) -> list[Counter[int]]:
    return [followers.counts for followers in cache.followers(context)]


def test_what_followed_the_same_tokens_is_counted_from_short_contexts_to_long_ones() -> None:
    cache = NgramCache([spelled(1, 2, 3, 4, 9), spelled(7, 2, 3, 4, 5, 2, 3, 4, 9), spelled(3, 4)], SMOOTHING)
    both, long = Counter({9: 2, 5: 1}), Counter({9: 1})
    assert counted(cache, [0, 4]) == [both]
    assert counted(cache, [0, 2, 3, 4]) == [both, both, both]
    assert counted(cache, [1, 2, 3, 4]) == [both, both, both, long]
    assert counted(cache, [5, 2, 3, 4]) == [both, both, both, long]
    shares = [followers.share for followers in cache.followers([1, 2, 3, 4])]
    assert shares == pytest.approx([*[3 / (3 + PRIOR * 2**SPREAD)] * 3, 1 / (1 + PRIOR)])


@pytest.mark.parametrize("context", [[], [8], [9], [2, 3, 9], [2, 6]])
def test_where_nothing_followed_nothing_is_said(context: list[int]) -> None:
    assert not counted(NgramCache([spelled(2, 3, 4, 9), spelled(5, 6)], SMOOTHING), context)


def test_no_context_reaches_from_one_text_into_another_or_over_their_beginning() -> None:
    cache = NgramCache([spelled(3, 4, 5), spelled(2, 3, 4, 5)], SMOOTHING)
    assert counted(cache, [7, 3, 4]) == [Counter({5: 2})] * 2
    assert counted(cache, [4, 5, 2]) == [Counter({3: 1})]


def test_no_context_is_longer_than_the_longest() -> None:
    ids = list(range(1, 12))
    assert len(counted(NgramCache([spelled(*ids)], SMOOTHING), ids[:-1])) == MOST_CONTEXT


def test_each_context_corrects_what_the_shorter_ones_say() -> None:
    before = torch.tensor([[0.1, 0.1, 0.1, 0.1, 0.2, 0.1, 0.3]])
    cache = NgramCache([spelled(1, 3, 4), spelled(5, 3, 6), spelled(5, 3, 6)], SMOOTHING)
    prior = PRIOR * 2**SPREAD
    short = [(prior * chance + {4: 1, 6: 2}.get(id_, 0)) / (prior + 3) for id_, chance in enumerate(before[0].tolist())]
    long = [(PRIOR * chance + 2 * (id_ == 6)) / (PRIOR + 2) for id_, chance in enumerate(short)]
    found = cache.mixed(before.repeat(3, 1).log(), [[0, 3], [5, 3], [5, 0]]).exp()
    assert found[0].tolist() == pytest.approx(short)
    assert found[1].tolist() == pytest.approx(long)
    assert found[2].tolist() == pytest.approx(before[0].tolist())
    assert found.sum(dim=-1).tolist() == pytest.approx([1, 1, 1])


def test_a_context_that_many_tokens_follow_tells_little() -> None:
    one = NgramCache([spelled(1, 2)] * 4, SMOOTHING)
    many = NgramCache([spelled(1, id_) for id_ in (2, 3, 4, 5)], SMOOTHING)
    (sure,), (unsure,) = one.followers([1]), many.followers([1])
    assert sure.share == pytest.approx(4 / (4 + PRIOR))
    assert unsure.share == pytest.approx(4 / (4 + PRIOR * 4**SPREAD))


def test_a_row_is_as_likely_as_its_tokens_one_by_one() -> None:
    cache = NgramCache([spelled(5, 1, 2, 3, 4, 1, 2, 3, 0)], SMOOTHING)
    chances = torch.tensor([0.1, 0.2, 0.3, 0.2, 0.2]).log()
    before, row = [4, 1, 2], [3, 0, 1]
    contexts = [[*before, *row[:end]] for end in range(3)]
    steps = cache.mixed(chances.repeat(3, 1), contexts).tolist()
    found = cache.log_likelihood(before, row, [float(chances[id_]) for id_ in row])
    assert found == pytest.approx(sum(step[id_] for step, id_ in zip(steps, row, strict=True)))
    assert steps[1][0] > float(chances[0])
    assert NO_NGRAMS.log_likelihood(before, row, [-1.0, -2000.0, -3.0]) == pytest.approx(-2004.0)
    assert cache.log_likelihood(before, [3, 0, 3], [-1.0, -2000.0, -2000.0]) < -2000
    assert cache.log_likelihood(before, [], []) == 0.0


def test_what_a_model_knows_stays_where_the_document_says_nothing() -> None:
    chances = torch.tensor([[-0.1, -200.0]])
    for cache in (NO_NGRAMS, NgramCache([spelled(1, 1, 1, 1)], SMOOTHING)):
        assert torch.equal(cache.mixed(chances, [[1, 1, 0]]), chances)


def test_what_holds_no_text_remembers_no_context() -> None:
    """It serves all fills of a process."""
    for ids in range(100):
        NO_NGRAMS.log_likelihood([ids, 1, 2], [3, 4], [-1.0, -1.0])
        NO_NGRAMS.mixed(torch.zeros(1, 2), [[ids, 1, 2]])
    assert not NO_NGRAMS._followers
    assert not NO_NGRAMS._shares


def test_a_document_is_spelled_by_the_paragraph_and_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    encode = RAW.encode

    def watched(text: str) -> list[int]:
        asked.append(text)
        return encode(text)

    monkeypatch.setattr(RAW, "encode", watched)
    speller = Speller(RAW, SMOOTHING)
    first, second, line = "def add(first, second):\n    return first\n", "\ndef main():\n    return add", "\n    "
    speller.ngrams(first + second + line, "")
    assert asked == [first, second]
    ngrams = speller.ngrams(first + "\n" + second + line, "x")
    assert asked == [first, second, "\n", "x"]
    ids = encode(first)
    assert counted(ngrams, ids[:6])[-1] == Counter({ids[6]: 1})


@pytest.mark.parametrize("typed", ["", "    ", "two = in", "two = in("])
def test_what_a_hole_cuts_does_not_say_to_be_cut(typed: str) -> None:
    """Neither a word nor the line end, which is one token with the indentation behind it."""
    lines, behind = "if one:\n    one = indent", "dent\n    two = indent\n"
    ngrams = Speller(RAW, SMOOTHING).ngrams(f"{lines}\n{typed}", behind)
    without = NgramCache(("".join(map(chr, RAW.encode(text))) for text in (lines, behind)), SMOOTHING)
    for text in (lines, typed, behind, f"{lines}\n{typed}"):
        ids = RAW.encode(text)
        for end in range(len(ids) + 1):
            assert counted(ngrams, ids[:end]) == counted(without, ids[:end])
    ids = RAW.encode(lines)
    assert counted(ngrams, ids[:2])[-1] == Counter({ids[2]: 1})
