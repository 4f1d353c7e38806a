from __future__ import annotations

import random

import pytest
import torch

from diffgemma_lsp.diffusion.cache import PrefixCache
from diffgemma_lsp.diffusion.prefixes import prefill
from tests.diffusion.parts import VOCABULARY, backend, canvas_states, encoded, random_ids


def test_a_fill_after_50_random_edits_has_the_logits_of_a_fresh_prefill() -> None:
    model = backend(layer_types=["sliding_attention", "full_attention"] * 2, sliding_window=12)
    choice = random.Random(0)
    ids = random_ids(60, seed=1)
    cache = encoded(model, ids)
    canvas = torch.tensor([random_ids(9, seed=2)])
    for _ in range(50):
        place = choice.randint(1, len(ids) - 1)
        removed = choice.randint(0, min(4, len(ids) - place))
        inserted = [choice.randrange(VOCABULARY) for _ in range(choice.randint(0 if removed else 1, 5))]
        ids[place : place + removed] = inserted
        for _ in prefill(model, cache, ids, chunk_tokens=choice.randint(3, 20)):
            pass
        assert cache.ids == tuple(ids)
        ours = model.head(canvas_states(model, canvas, cache))
        fresh = model.head(canvas_states(model, canvas, encoded(model, ids)))
        torch.testing.assert_close(ours, fresh, atol=1e-3, rtol=0)


def test_an_abandoned_prefill_leaves_no_trace() -> None:
    model = backend()
    ids = random_ids(40, seed=1)
    cache = encoded(model, ids)
    # As if the process had been interrupted between two layers: one has stored tokens that were never committed.
    layer = cache.view(1).layers[0]
    stray = torch.full_like(layer.keys[:, :, :5], 9.0)
    cache.update(stray, stray, 0)
    assert cache.length == 40
    more = [*ids, 5, 6, 7]
    for _ in prefill(model, cache, more, chunk_tokens=8):
        pass
    canvas = torch.tensor([[1, 2, 3]])
    torch.testing.assert_close(
        canvas_states(model, canvas, cache),
        canvas_states(model, canvas, encoded(model, more)),
        atol=1e-4,
        rtol=1e-4,
    )


def test_rewinding_past_the_window_costs_no_copy() -> None:
    model = backend(sliding_window=8)
    cache = encoded(model, random_ids(64, seed=1))
    before = cache.view(1).layers[1].keys.data_ptr()
    cache.rewind(20)
    assert cache.length == 20
    assert cache.view(1).layers[1].keys.data_ptr() == before
    assert cache.view(1).layers[0].keys.shape[2] == 7


def test_rows_share_one_memory() -> None:
    cache = encoded(backend(), [1, 2, 3])
    keys = cache.view(4).layers[0].keys
    assert keys.shape[0] == 4
    assert keys[0].data_ptr() == keys[3].data_ptr()


def test_a_canvas_before_any_prompt_is_refused() -> None:
    with pytest.raises(ValueError, match="prefill at least one token"):
        PrefixCache([None]).view(1)


def test_the_common_prefix_ends_where_tokens_differ() -> None:
    cache = encoded(backend(), [1, 2, 3, 4])
    assert cache.common_prefix([1, 2, 9, 4]) == 2
    assert cache.common_prefix([1, 2]) == 2
    assert cache.common_prefix([1, 2, 3, 4, 5]) == 4
    assert cache.common_prefix([]) == 0
