from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import DynamicCache

from diffgemma_lsp.models.forward import condition, decode, encode
from diffgemma_lsp.training.batch import Batch, CanvasBatch, corrupted, decoder_masks, encoder_masks, side_by_side
from diffgemma_lsp.training.capture import CapturedCache
from diffgemma_lsp.training.corruption import Noise
from diffgemma_lsp.training.layout import Canvas
from diffgemma_lsp.training.objective import losses
from diffgemma_lsp.training.vocabulary import FILLER, PAD
from tests.tiny import tiny_model

WINDOW = 6
LENGTH = 24
SLOTS = 40
VOCABULARY = 97


@pytest.fixture(scope="module")
def model() -> Any:
    return tiny_model(sliding_window=WINDOW)


def canvas(prompt: int, given: list[int], middle: list[int], slots: int) -> Canvas:
    made = Canvas(prompt)
    made.add_given(given)
    made.add_hole(middle, slots, FILLER)
    made.add_given(given)
    return made


def a_batch(share: float = 1.0) -> Batch:
    ids = torch.randint(6, VOCABULARY, (2, LENGTH), generator=torch.Generator().manual_seed(1))
    rows = [
        [canvas(2, [7, 8], [9], 4), canvas(11, [10], [11, 12, 13], 8), canvas(LENGTH, [], [14], 8)],
        [canvas(5, [15], [16, 17], 8)],
    ]
    noise = Noise(share=share)
    return Batch(ids, ids != PAD, corrupted(side_by_side(rows, SLOTS), VOCABULARY, random.Random(0), noise))


def canvases_of(batch: Batch) -> CanvasBatch:
    assert batch.canvases is not None
    return batch.canvases


def packed_states(model: Any, batch: Batch) -> Tensor:
    canvases, cache = canvases_of(batch), CapturedCache()
    positions = torch.arange(LENGTH)[None]
    encode(
        model.model.encoder.language_model, batch.ids, cache, positions, encoder_masks(LENGTH, WINDOW, batch.ids.device)
    )
    masks = decoder_masks(canvases, LENGTH, WINDOW)
    decoder = model.model.decoder
    return decode(decoder, condition(decoder, canvases.noisy, None), cache, canvases.positions, masks)


def test_a_canvas_beside_others_has_the_states_that_the_class_gives_it_alone(model: Any) -> None:
    batch = a_batch()
    canvases, packed = canvases_of(batch), packed_states(model, batch)
    compared = 0
    for row in range(2):
        for owner in range(int(canvases.owners[row].max()) + 1):
            mine = canvases.owners[row] == owner
            prompt = int(canvases.prompts[row][mine][0])
            cache = DynamicCache(config=model.config.text_config)
            model.model.encoder(input_ids=batch.ids[row : row + 1, :prompt], past_key_values=cache)
            alone = model.model.decoder(decoder_input_ids=canvases.noisy[row][mine][None], past_key_values=cache)
            torch.testing.assert_close(packed[row][mine], alone.last_hidden_state[0], atol=1e-5, rtol=1e-4)
            compared += 1
    assert compared == 4


def test_a_canvas_does_not_see_what_its_document_holds_behind_it(model: Any) -> None:
    batch = a_batch()
    other = batch.ids.clone()
    other[:, 11:] = (other[:, 11:] + 1) % VOCABULARY
    before, after = packed_states(model, batch), packed_states(model, Batch(other, batch.scored, batch.canvases))
    early = (canvases_of(batch).prompts <= 11) & (canvases_of(batch).owners >= 0)
    late = canvases_of(batch).prompts > 11
    torch.testing.assert_close(before[early], after[early])
    assert not torch.allclose(before[late], after[late], atol=1e-3)


def test_conditioned_rows_get_the_signal_that_the_class_computes_from_logits(model: Any) -> None:
    batch = a_batch()
    canvases = canvases_of(batch)
    cut = CanvasBatch(*(getattr(canvases, name)[1:, :10] for name in canvases.__slots__))
    one = Batch(batch.ids[1:], batch.scored[1:], cut)
    alone = canvases_of(one)
    prompt = int(alone.prompts[0, 0])

    def logits(given: Tensor | None) -> Tensor:
        cache = DynamicCache(config=model.config.text_config)
        model.model.encoder(input_ids=one.ids[:, :prompt], past_key_values=cache)
        out: Tensor = model(decoder_input_ids=alone.noisy, past_key_values=cache, self_conditioning_logits=given).logits
        return out

    first = logits(None)
    certain = torch.full_like(first, -1e4).scatter_(2, alone.clean[..., None], 1e4)
    second = logits(torch.where(alone.free[..., None], first / 0.6, certain))
    for rows, expected in ((0, first), (1, second)):
        loss = torch.nn.functional.cross_entropy(expected[alone.free], alone.clean[alone.free], reduction="none")
        hole = losses(model, one, conditioned_rows=rows, temperature=0.6).hole
        assert hole is not None
        torch.testing.assert_close(hole, loss, atol=1e-4, rtol=1e-4)


def test_the_total_is_the_mean_next_token_loss_and_the_weighted_mean_of_the_holes(model: Any) -> None:
    batch = a_batch()
    weights = canvases_of(batch).weights[canvases_of(batch).free]
    result = losses(model, batch, conditioned_rows=1)
    assert result.hole is not None
    assert len(result.next_token) == 2 * (LENGTH - 1)
    expected = result.next_token.mean() + (result.hole * weights).sum() / weights.sum()
    torch.testing.assert_close(result.total, expected)


def test_padding_is_not_scored(model: Any) -> None:
    batch = a_batch()
    padded = batch.ids.clone()
    padded[0, 20:] = 0
    assert len(losses(model, replace(batch, ids=padded, scored=padded != PAD), 0).next_token) == 2 * (LENGTH - 1) - 4


def test_the_holes_teach_the_encoder_through_its_keys_and_values() -> None:
    model = tiny_model(sliding_window=WINDOW).requires_grad_(True)
    batch = a_batch()
    cache_reading = model.model.encoder.language_model.layers[0].self_attn.k_proj.weight

    def gradient(given: Batch) -> Tensor:
        return torch.autograd.grad(losses(model, given, 0).total, (cache_reading,))[0]

    assert not torch.allclose(gradient(batch), gradient(Batch(batch.ids, batch.scored, None)), atol=1e-6)


def test_a_prompt_of_one_token_has_no_next_token_to_learn() -> None:
    model = tiny_model()
    batch = side_by_side([[canvas(1, [7], [12, 13], 4)]], 8)
    alone = Batch(torch.tensor([[2]]), torch.tensor([[False]]), corrupted(batch, VOCABULARY, random.Random(0)))
    result = losses(model, alone, conditioned_rows=1)
    assert result.hole is not None
    assert len(result.next_token) == 0
    assert float(result.total) == pytest.approx(float((result.hole * batch.weights[batch.free]).sum() / 3), rel=1e-4)
