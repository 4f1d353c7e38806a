from __future__ import annotations

import torch
from transformers import DynamicCache

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


def test_next_token_logits_are_those_of_the_encoder_and_extend_the_cache() -> None:
    model = tiny_model(vocab_size=VOCABULARY)
    backend = TransformersBackend(model)
    cache = backend.new_cache()
    backend.prefill(PROMPT[0, :-1].tolist(), cache)
    logits = backend.next_token_logits(int(PROMPT[0, -1]), cache)
    hidden = model.model.encoder(input_ids=PROMPT).last_hidden_state[0, -1]
    cap = model.final_logit_softcapping
    torch.testing.assert_close(logits, torch.tanh(model.lm_head(hidden) / cap) * cap, atol=1e-4, rtol=1e-4)
    assert cache.length == 40


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
