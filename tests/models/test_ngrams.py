from __future__ import annotations

from collections import Counter

import pytest
import torch

from diffgemma_lsp.models.ngrams import LEAST_CONTEXT, MOST_CONTEXT, NO_NGRAMS, PRIOR_TOKENS, NgramCache, Speller
from tests.models.test_filler import RAW


def spelled(*ids: int) -> str:
    return "".join(map(chr, ids))


def test_what_followed_the_same_tokens_is_counted_from_short_contexts_to_long_ones() -> None:
    cache = NgramCache([spelled(1, 2, 3, 4, 9), spelled(7, 2, 3, 4, 5, 2, 3, 4, 9)])
    assert list(cache.followers([0, 2, 3, 4])) == [Counter({9: 2, 5: 1})]
    assert list(cache.followers([1, 2, 3, 4])) == [Counter({9: 2, 5: 1}), Counter({9: 1})]
    assert list(cache.followers([5, 2, 3, 4])) == [Counter({9: 2, 5: 1}), Counter({9: 1})]


@pytest.mark.parametrize("context", [[], [3, 4], [8, 3, 4], [2, 3, 9], [3, 4, 9]])
def test_where_nothing_followed_nothing_is_said(context: list[int]) -> None:
    assert not list(NgramCache([spelled(2, 3, 4, 9), spelled(5, 6)]).followers(context))


def test_no_context_is_longer_than_the_longest() -> None:
    ids = list(range(1, 12))
    assert len(list(NgramCache([spelled(*ids)]).followers(ids[:-1]))) == MOST_CONTEXT - LEAST_CONTEXT + 1


def test_each_context_corrects_what_the_shorter_ones_say() -> None:
    cache = NgramCache([spelled(1, 2, 3, 4), spelled(5, 2, 3, 6)])
    before = torch.tensor([[0.1, 0.1, 0.1, 0.1, 0.2, 0.1, 0.3]])
    short = {id_: (PRIOR_TOKENS * float(before[0, id_]) + (id_ in (4, 6))) / (PRIOR_TOKENS + 2) for id_ in range(7)}
    (both,) = cache.mixed(before.log(), [[0, 0, 2, 3]]).exp().tolist()
    assert both == pytest.approx(before[0].tolist()), "two tokens are no context"
    cache = NgramCache([spelled(1, 1, 2, 3, 4), spelled(5, 1, 2, 3, 6)])
    found = cache.mixed(before.repeat(2, 1).log(), [[0, 1, 2, 3], [5, 1, 2, 3]]).exp()
    assert found[0].tolist() == pytest.approx(list(short.values()))
    longer = [(PRIOR_TOKENS * chance + (id_ == 6)) / (PRIOR_TOKENS + 1) for id_, chance in short.items()]
    assert found[1].tolist() == pytest.approx(longer)
    assert found.sum(dim=-1).tolist() == pytest.approx([1, 1])


def test_a_row_is_as_likely_as_its_tokens_one_by_one() -> None:
    cache = NgramCache([spelled(5, 1, 2, 3, 4, 1, 2, 3, 0)])
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
    for cache in (NO_NGRAMS, NgramCache([spelled(1, 1, 1, 1)])):
        assert torch.equal(cache.mixed(chances, [[1, 1, 0]]), chances)


def test_what_holds_no_text_remembers_no_context() -> None:
    """It serves all fills of a process."""
    for ids in range(100):
        NO_NGRAMS.log_likelihood([ids, 1, 2], [3, 4], [-1.0, -1.0])
        NO_NGRAMS.mixed(torch.zeros(1, 2), [[ids, 1, 2]])
    assert not NO_NGRAMS._known


def test_a_document_is_spelled_by_the_paragraph_and_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    encode = RAW.encode

    def watched(text: str) -> list[int]:
        asked.append(text)
        return encode(text)

    monkeypatch.setattr(RAW, "encode", watched)
    speller = Speller(RAW)
    first, second = "def add(first, second):\n    return first\n", "\ndef main():\n    return add\n"
    speller.ngrams([first + second, ""])
    assert asked == [first, second]
    ngrams = speller.ngrams([first + "\n" + second, "x"])
    assert asked == [first, second, "\n", "x"]
    ids = encode(first)
    assert list(ngrams.followers(ids[:6]))[-1] == Counter({ids[6]: 1})
