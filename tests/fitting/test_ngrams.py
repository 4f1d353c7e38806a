from __future__ import annotations

import random
import tomllib
from pathlib import Path

import pytest
import torch

from diffgemma_lsp.evaluation.repositories import line_cases
from diffgemma_lsp.fitting.ngrams import Missing, Seen, fit, main, nats, observe, section
from diffgemma_lsp.infilling.ngrams import NgramCache
from diffgemma_lsp.prompts.section import Section
from diffgemma_lsp.prompts.smoothing import Smoothing, read_smoothing
from tests.evaluation.test_repositories import MODULES

TRUE = Smoothing(4.0, 1.5)


def drawn(rng: random.Random) -> Missing:
    """Return a token that follows a context as often as under the true smoothing."""
    different = rng.randint(1, 6)
    followers = different * rng.randint(1, 6)
    share = TRUE.share(followers, different)
    alone = 0.05
    is_one_of_them = rng.random() < share + (1 - share) * alone * different
    right = followers // different if is_one_of_them else 0
    return Missing(torch.tensor(alone).log().item(), (Seen(followers, different, right),))


def test_the_smoothing_is_found_that_tokens_were_drawn_from() -> None:
    rng = random.Random(1)
    tokens = [drawn(rng) for _ in range(30_000)]
    found = fit(tokens)
    assert found.prior == pytest.approx(TRUE.prior, rel=0.15)
    assert found.spread == pytest.approx(TRUE.spread, rel=0.15)
    assert nats(tokens, found) <= nats(tokens, TRUE) < nats(tokens, Smoothing(40.0, 1.5))


def test_a_token_costs_what_it_costs_in_a_fill() -> None:
    cache = NgramCache(["".join(map(chr, (1, 2, 3, 4, 2, 5, 2, 3)))], TRUE)
    contexts = [Seen(len(each.places), len(each.counts), each.counts[3]) for each in cache.followers([1, 2])]
    assert contexts == [Seen(3, 2, 2), Seen(1, 1, 1)]
    costs = nats([Missing(-2.0, tuple(contexts))], TRUE)
    assert costs == pytest.approx(-cache.log_likelihood([1, 2], [3], [-2.0]))


def test_the_tokens_of_missing_texts_are_seen_where_they_stand_elsewhere() -> None:
    cases = list(line_cases(MODULES, 2, seed=1))
    tokens = list(observe("starter", cases))
    assert len(tokens) >= len(cases)
    assert all(token.chance < 0 for token in tokens)
    assert any(seen.right for token in tokens for seen in token.contexts)
    assert all(seen.right <= seen.followers >= seen.different >= 1 for token in tokens for seen in token.contexts)
    text = section(tokens, len(cases))
    assert f"fitted on {len(tokens)} tokens" in text
    smoothing = read_smoothing(Section(Path("p.toml"), "ngrams", tomllib.loads(text)["ngrams"]))
    assert nats(tokens, smoothing) <= nats(tokens, Smoothing(5.0, 1.5))


def test_a_corpus_that_is_missing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--corpus", str(tmp_path)]) == 2
    assert "corpus-validation.jsonl is missing: run the stage fetch first" in capsys.readouterr().err
