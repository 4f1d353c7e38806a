from __future__ import annotations

import pytest
import torch

from diffgemma_lsp.diffusion.score import log_likelihoods
from tests.diffusion.parts import backend, encoded, random_ids

PROMPT = random_ids(25, seed=1)
BEGINNING = random_ids(7, seed=2)
ROWS = (
    (*BEGINNING, *random_ids(30, seed=3)),  # longer than the sliding window
    (*BEGINNING, *random_ids(3, seed=4)),
    (*BEGINNING, *random_ids(3, seed=4)),
    (*BEGINNING[:4],),
    (),
    (*random_ids(6, seed=5),),
)


def test_scoring_equals_the_encoder_of_the_class_and_leaves_the_cache_alone() -> None:
    model = backend()
    cache = encoded(model, PROMPT)
    scores = log_likelihoods(model, cache, ROWS)
    stock = model._model
    cap = stock.final_logit_softcapping
    for row, score in zip(ROWS, scores, strict=True):
        hidden = stock.model.encoder(input_ids=torch.tensor([[*PROMPT, *row]])).last_hidden_state
        logits = torch.tanh(stock.lm_head(hidden[0, len(PROMPT) - 1 : -1]) / cap) * cap
        expected = logits.log_softmax(dim=-1).gather(1, torch.tensor(row, dtype=torch.long)[:, None]).squeeze(1)
        assert score == pytest.approx(expected.tolist(), abs=1e-3)
    assert cache.ids == tuple(PROMPT)


def test_a_row_scores_the_same_in_any_company() -> None:
    model = backend()
    cache = encoded(model, PROMPT)
    for row, score in zip(ROWS, log_likelihoods(model, cache, ROWS), strict=True):
        (alone,) = log_likelihoods(model, cache, [row])
        assert score == pytest.approx(alone, abs=1e-4)


def test_no_rows_score_nothing() -> None:
    model = backend()
    assert log_likelihoods(model, encoded(model, [1]), [[]]) == [[]]
    assert log_likelihoods(model, encoded(model, [1]), []) == []
