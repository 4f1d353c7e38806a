from __future__ import annotations

import torch
from transformers import DynamicCache

from diffgemma_lsp.diffusion.score import log_likelihoods
from diffgemma_lsp.models.backend import TransformersBackend
from tests.tiny import tiny_model

VOCABULARY = 97
PROMPT = torch.randint(0, VOCABULARY, (1, 40), generator=torch.Generator().manual_seed(1))


def test_the_head_on_free_positions_equals_the_class_with_given_tokens_forced() -> None:
    """Two steps, the second with self-conditioning: stock needs one-hot logits at given positions, we need nothing."""
    model = tiny_model(vocab_size=VOCABULARY, sliding_window=16)
    backend = TransformersBackend(model)
    cache = backend.new_cache()
    backend.prefill(PROMPT[0].tolist(), cache)
    canvas = torch.randint(0, VOCABULARY, (2, 12), generator=torch.Generator().manual_seed(2))
    free = torch.zeros(2, 12, dtype=torch.bool)
    free[0, 3:7] = True
    free[1, 1:11] = True

    first = backend.head(backend.forward(backend.condition(canvas, None), free, None, cache))
    inputs = backend.condition(canvas, backend.embed(canvas))
    inputs[free] = backend.condition(canvas[free], backend.soft_embed(first.softmax(dim=-1)))
    second = backend.head(backend.forward(inputs, free, None, cache))

    stock = DynamicCache(config=model.config.get_text_config())
    prompt = PROMPT.expand(2, -1)
    one_hot = torch.where(torch.nn.functional.one_hot(canvas, VOCABULARY).bool(), 0.0, -1e9)
    logits = model(input_ids=prompt, past_key_values=stock, decoder_input_ids=canvas).logits
    torch.testing.assert_close(first, logits[free], atol=1e-4, rtol=1e-4)
    forced = torch.where(free[..., None], logits, one_hot)
    again = model(past_key_values=stock, decoder_input_ids=canvas, self_conditioning_logits=forced).logits
    torch.testing.assert_close(second, again[free], atol=1e-4, rtol=1e-4)


def test_the_embedding_of_a_given_token_is_the_expected_embedding_of_certainty() -> None:
    backend = TransformersBackend(tiny_model(vocab_size=VOCABULARY))
    ids = torch.tensor([[5, 70]])
    certain = torch.nn.functional.one_hot(ids[0], VOCABULARY).float()
    torch.testing.assert_close(backend.embed(ids)[0], backend.soft_embed(certain))


def test_next_log_probabilities_are_those_of_the_encoder_of_the_class() -> None:
    model = tiny_model(vocab_size=VOCABULARY)
    backend = TransformersBackend(model)
    cache = backend.new_cache()
    backend.prefill(PROMPT[0, :20].tolist(), cache)
    (found,) = backend.next_log_probabilities(PROMPT[:, 19:], cache.branches(19))
    hidden = model.model.encoder(input_ids=PROMPT).last_hidden_state[0, -1]
    cap = model.final_logit_softcapping
    logits = torch.tanh(model.lm_head(hidden) / cap) * cap
    torch.testing.assert_close(found, logits.log_softmax(dim=-1), atol=1e-4, rtol=1e-4)
    assert cache.length == 20


def test_a_view_shows_each_layer_what_the_librarys_own_cache_shows() -> None:
    """The decoder of the class reads the same keys from our cache as from its own."""
    model = tiny_model(vocab_size=VOCABULARY, sliding_window=16)
    backend = TransformersBackend(model)
    cache = backend.new_cache()
    backend.prefill(PROMPT[0].tolist(), cache)
    stock = DynamicCache(config=model.config.get_text_config())
    model.model.encoder(input_ids=PROMPT, past_key_values=stock)
    for ours, theirs in zip(cache.view(1).layers, stock.layers, strict=True):
        torch.testing.assert_close(ours.keys, theirs.keys, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(ours.values, theirs.values, atol=1e-4, rtol=1e-4)


def test_branches_go_on_from_a_cache_which_stays_as_it_is() -> None:
    backend = TransformersBackend(tiny_model(vocab_size=VOCABULARY, sliding_window=16))
    cache = backend.new_cache()
    backend.prefill(PROMPT[0].tolist(), cache)
    rows = torch.randint(0, VOCABULARY, (3, 20), generator=torch.Generator().manual_seed(4))
    expected = torch.tensor(log_likelihoods(backend, cache, rows.tolist()))

    branches = cache.branches(cache.length - 1)
    found = backend.next_log_probabilities(PROMPT[:, -1:], branches).expand(3, -1)
    torch.testing.assert_close(found.exp().sum(dim=-1), torch.ones(3))
    torch.testing.assert_close(found.gather(1, rows[:, :1]).squeeze(1), expected[:, 0], atol=1e-4, rtol=1e-4)
    branches.select(torch.tensor([0, 0, 0]))
    found = backend.next_log_probabilities(rows[:, :7], branches)
    torch.testing.assert_close(found.gather(1, rows[:, 7:8]).squeeze(1), expected[:, 7], atol=1e-4, rtol=1e-4)
    branches.select(torch.tensor([2, 1]))
    for place in range(7, 19):
        found = backend.next_log_probabilities(rows[[2, 1], place : place + 1], branches)
        following = rows[[2, 1], place + 1]
        torch.testing.assert_close(
            found.gather(1, following[:, None]).squeeze(1), expected[[2, 1], place + 1], atol=1e-4, rtol=1e-4
        )
    assert branches.ids.tolist() == [[int(PROMPT[0, -1]), *rows[row, :19].tolist()] for row in (2, 1)]
    assert cache.ids == tuple(PROMPT[0].tolist())
