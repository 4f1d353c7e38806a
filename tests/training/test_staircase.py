from __future__ import annotations

import random
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from diffgemma_lsp.training.batch import CanvasBatch, corrupted, decoder_masks, side_by_side
from diffgemma_lsp.training.corruption import Noise
from diffgemma_lsp.training.dialect import Dialect
from diffgemma_lsp.training.layout import Canvas, as_staircase, make_canvases, make_document
from diffgemma_lsp.training.staircase import CLEAN, GIVEN, NOISE, ORDINARY, seen, staircase_of
from diffgemma_lsp.training.vocabulary import FILLER

TAIL, TEXT, HEAD = [50, 51], [60, 61, 62], [70]
VOCABULARY = 97


def canvas(slots: int = 8, prompt: int = 5) -> Canvas:
    made = Canvas(prompt)
    made.add_given(TAIL)
    made.add_hole(TEXT, slots, FILLER)
    made.add_given(HEAD)
    return made


def a_batch() -> CanvasBatch:
    return side_by_side([[as_staircase(canvas(), FILLER), canvas()]], 30)


def reached(masks: Tensor) -> Tensor:
    """Return which slots `(C, C)` each slot hears of through any number of layers."""
    known = masks
    for _ in range(masks.shape[0]):
        known = known | (known.float() @ known.float() > 0)
    return known


def test_a_hole_stands_in_it_clean_and_to_be_asked_for_up_to_its_end() -> None:
    made = staircase_of(TAIL, [*TEXT, FILLER, FILLER], HEAD, FILLER)
    assert made.ids == (*TAIL, *HEAD, *TEXT, *TEXT, FILLER)
    assert made.roles == (GIVEN,) * 3 + (CLEAN,) * 3 + (NOISE,) * 4
    assert made.places == (0, 0, 0, 0, 1, 2, 0, 1, 2, 3)
    assert made.positions == (0, 1, 7, 2, 3, 4, 2, 3, 4, 5)


def test_a_hole_that_is_full_has_no_end_to_ask_for() -> None:
    made = staircase_of(TAIL, TEXT, HEAD, FILLER)
    assert made.ids == (*TAIL, *HEAD, *TEXT[:2], *TEXT)


def test_what_is_asked_for_is_free_and_all_of_it_weighs_the_same() -> None:
    made = as_staircase(canvas(), FILLER)
    assert [token for token, is_free in zip(made.ids, made.free, strict=True) if is_free] == [*TEXT, FILLER]
    assert made.weights == [float(is_free) for is_free in made.free]


def test_nothing_leads_from_a_token_or_a_later_one_to_where_it_is_asked_for() -> None:
    batch = a_batch()
    roles, places = batch.roles[0], batch.places[0]
    mates = (batch.owners[0][:, None] == batch.owners[0]) & seen(batch.roles, batch.places)[0]
    known = reached(mates)
    asked = (roles == NOISE).nonzero().flatten().tolist()
    assert len(asked) == len(TEXT) + 1
    for slot in asked:
        clean = known[slot] & (roles == CLEAN)
        assert places[clean].tolist() == list(range(int(places[slot]))), "all before, and none from there on"
        assert (known[slot] & (roles == NOISE)).nonzero().flatten().tolist() == [slot]
        assert int((known[slot] & (roles == GIVEN)).sum()) == len(TAIL) + len(HEAD)


def test_an_ordinary_canvas_beside_it_sees_all_of_itself() -> None:
    batch = a_batch()
    masks = decoder_masks(batch, length=5, window=4)["full_attention"]
    assert masks is not None
    own = batch.owners[0] == 1
    assert (batch.roles[0][own] == ORDINARY).all()
    assert torch.equal(masks[0, 0, own][:, 5:], own.expand(int(own.sum()), -1))


def test_its_noise_is_where_it_is_asked_for_whatever_else_is_drawn() -> None:
    for seed in range(20):
        batch = corrupted(a_batch(), VOCABULARY, random.Random(seed), Noise(stairs=0.9, share=0.0), FILLER)
        steps = batch.roles != ORDINARY
        changed = batch.noisy != batch.clean
        assert not changed[steps & (batch.roles != NOISE)].any()
        assert batch.weights[batch.roles == NOISE].eq(1.0).all()
    many = [corrupted(a_batch(), VOCABULARY, random.Random(seed), Noise(share=0.0)) for seed in range(50)]
    drawn = torch.stack([batch.noisy[batch.roles == NOISE] for batch in many])
    assert len(set(drawn.flatten().tolist())) > 50, "uniformly random ids"


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_of_the_canvases_with_one_hole_is_made_into_it(
    share: float, sources: list[str], dialect: Dialect
) -> None:
    made = []
    for seed in range(30):
        rng = random.Random(seed)
        document = make_document(sources[seed % len(sources)], 0, 160, dialect, rng)
        made += make_canvases(document, 200, dialect, rng, share)
    steps = [each for each in made if each.staircase is not None]
    assert all(len(each.cuts) == 1 for each in steps)
    assert len(steps) == share * sum(len(each.cuts) == 1 for each in made)
    assert any(len(each.cuts) != 1 for each in made)


def test_validation_has_none() -> None:
    assert Noise(stairs=0.6, staircases=0.6).to_validate == replace(Noise(), stairs=0.5, share=1.0)
