from __future__ import annotations

import random

import pytest
import torch

from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.training.batch import (
    NOBODY,
    corrupted,
    decoder_masks,
    encoder_masks,
    make_batch,
    sample_documents,
    side_by_side,
)
from diffgemma_lsp.training.corruption import Noise
from diffgemma_lsp.training.dialect import Dialect
from diffgemma_lsp.training.layout import Canvas
from diffgemma_lsp.training.objective import losses
from diffgemma_lsp.training.vocabulary import FILLER
from tests.tiny import tiny_model
from tests.training.test_objective import a_batch

VOCABULARY = 500


def canvas(prompt: int, given: int, slots: int) -> Canvas:
    made = Canvas(prompt)
    made.add_given(list(range(10, 10 + given)))
    made.add_hole([20], slots, filler=FILLER)
    return made


ROWS = [[canvas(3, 2, 4), canvas(9, 1, 4)], [canvas(5, 0, 8)]]


def test_padding_changes_no_loss() -> None:
    model, batch = tiny_model(), a_batch()
    padded = batch.padded(batch.ids.shape[1] + 9)
    assert padded.ids.shape == padded.scored.shape == (len(batch.ids), batch.ids.shape[1] + 9)
    with torch.no_grad():
        plain, same = losses(model, batch, 1), losses(model, padded, 1)
    torch.testing.assert_close(same.next_token, plain.next_token)
    torch.testing.assert_close(same.hole, plain.hole)


def test_canvases_of_a_document_stand_side_by_side() -> None:
    batch = side_by_side(ROWS, 12)
    assert batch.owners.tolist() == [[0] * 6 + [1] * 5 + [NOBODY], [0] * 8 + [NOBODY] * 4]
    assert batch.positions[0].tolist() == [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0]
    assert batch.prompts[0].tolist() == [3] * 6 + [9] * 5 + [0]
    assert batch.free.sum(1).tolist() == [8, 8]
    assert float(batch.weights[1].sum()) == pytest.approx(2)


def test_given_slots_are_never_corrupted() -> None:
    batch = side_by_side(ROWS, 12)
    for seed in range(50):
        noisy = corrupted(batch, VOCABULARY, random.Random(seed), Noise(share=1.0)).noisy
        assert torch.equal(noisy[~batch.free], batch.clean[~batch.free])


def test_full_noise_leaves_nothing_of_the_holes() -> None:
    batch = side_by_side([[canvas(0, 0, 64)] * 30], 64 * 30)
    noisy = corrupted(batch, VOCABULARY, random.Random(0), Noise(share=1.0)).noisy
    assert (noisy == batch.clean)[batch.free].float().mean() < 0.01
    assert noisy[batch.free].float().mean() > VOCABULARY / 2 - 20


def test_noise_is_drawn_once_for_each_canvas_and_often_is_full() -> None:
    batch = side_by_side([[canvas(0, 0, 64)] * 400], 64 * 400)
    noisy = corrupted(batch, VOCABULARY, random.Random(0)).noisy
    changed = (noisy != batch.clean).view(400, 64).float().mean(1)
    assert 0.4 < (changed > 0.97).float().mean() < 0.55
    assert 0.15 < (changed < 0.33).float().mean() < 0.25


def test_the_encoder_sees_what_is_before_it_within_its_window() -> None:
    masks = encoder_masks(5, 3, torch.device("cpu"))
    assert masks["full_attention"] is None
    sliding = masks["sliding_attention"]
    assert sliding is not None
    assert sliding[0, 0].long().tolist() == [
        [1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [1, 1, 1, 0, 0],
        [0, 1, 1, 1, 0],
        [0, 0, 1, 1, 1],
    ]


def test_a_slot_sees_its_own_canvas_and_only_the_prompt_before_it() -> None:
    masks = decoder_masks(side_by_side([[canvas(3, 1, 1), canvas(5, 0, 1)]], 4), length=6, window=4)
    full, sliding = masks["full_attention"], masks["sliding_attention"]
    assert full is not None
    assert sliding is not None
    assert full[0, 0].long().tolist() == [
        [1, 1, 1, 0, 0, 0, 1, 1, 0, 0],
        [1, 1, 1, 0, 0, 0, 1, 1, 0, 0],
        [1, 1, 1, 1, 1, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    ]
    assert sliding[0, 0].long().tolist() == [
        [1, 1, 1, 0, 0, 0, 1, 1, 0, 0],
        [1, 1, 1, 0, 0, 0, 1, 1, 0, 0],
        [0, 0, 1, 1, 1, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    ]


def test_the_same_seed_gives_the_same_batch(sources: list[str], dialect: Dialect) -> None:
    modules = [Module("package", f"{number}.py", text) for number, text in enumerate(sources)]

    def made(seed: int) -> tuple[list[list[int]], list[list[int]]]:
        rng = random.Random(seed)
        batch = make_batch(sample_documents(modules, 3, 120, dialect, rng), 96, dialect, rng)
        assert batch.canvases is not None
        return batch.ids.tolist(), batch.canvases.noisy.tolist()

    assert made(1) == made(1)
    assert made(1) != made(2)


def test_without_slots_there_are_no_canvases(sources: list[str], dialect: Dialect) -> None:
    rng = random.Random(0)
    documents = sample_documents([Module("package", "a.py", sources[0])], 2, 60, dialect, rng)
    assert make_batch(documents, 0, dialect, rng).canvases is None
