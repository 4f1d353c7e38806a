from __future__ import annotations

import pytest
import torch

from diffgemma_lsp.diffusion.score import log_likelihoods
from tests.diffusion.parts import backend, encoded, random_ids


def test_rows_score_what_the_encoder_says_of_them_token_by_token() -> None:
    model = backend()
    prompt = random_ids(25, seed=1)
    rows = [random_ids(6, seed=2), random_ids(2, seed=3), []]
    scores = log_likelihoods(model, encoded(model, prompt), rows)
    for row, score in zip(rows, scores, strict=True):
        text = list(prompt)
        expected = []
        for token in row:
            expected.append(float(model.log_likelihood(torch.tensor([[token]]), encoded(model, text))))
            text.append(token)
        assert score == pytest.approx(expected, abs=1e-3)


def test_scoring_equals_the_encoder_of_the_class_and_leaves_the_cache_alone() -> None:
    model = backend()
    prompt = random_ids(25, seed=1)
    row = random_ids(6, seed=2)
    cache = encoded(model, prompt)
    (score,) = log_likelihoods(model, cache, [row])

    stock = model._model
    hidden = stock.model.encoder(input_ids=torch.tensor([prompt + row])).last_hidden_state
    cap = stock.final_logit_softcapping
    logits = torch.tanh(stock.lm_head(hidden[0, len(prompt) - 1 : -1]) / cap) * cap
    expected = logits.log_softmax(dim=-1).gather(1, torch.tensor(row)[:, None]).squeeze(1)
    assert score == pytest.approx(expected.tolist(), abs=1e-3)
    assert cache.ids == tuple(prompt)


def test_no_rows_score_nothing() -> None:
    model = backend()
    assert log_likelihoods(model, encoded(model, [1]), [[]]) == [[]]
