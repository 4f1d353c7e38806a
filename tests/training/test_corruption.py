from __future__ import annotations

import random

import pytest
import torch
from torch import Tensor

from diffgemma_lsp.training.batch import CanvasBatch, corrupted, side_by_side
from diffgemma_lsp.training.corruption import BEFORE_NEXT, BESIDE_NEXT, Noise, known_before, places_in_holes
from diffgemma_lsp.training.layout import Canvas
from diffgemma_lsp.training.vocabulary import FILLER

VOCABULARY = 100_000
"""So many that noise is never what was there."""
TEXT, SLOTS = [20, 21, 22], 8


def canvas(holes: int = 1, middle: list[int] = TEXT) -> Canvas:
    made = Canvas(prompt=3)
    made.add_given([10, 11])
    for _ in range(holes):
        made.add_hole(middle, SLOTS, FILLER)
        made.add_given([12])
    return made


def stairs(canvases: list[Canvas]) -> tuple[CanvasBatch, Tensor, Tensor]:
    """Return canvases that are all stairs, the place of each slot in its hole and how many tokens are known there."""
    clean = side_by_side([canvases], sum(len(each.ids) for each in canvases))
    batch = corrupted(clean, VOCABULARY, random.Random(0), Noise(stairs=1.0), FILLER)
    place = places_in_holes(batch.free, batch.owners)
    return batch, place, known_before(batch.noisy == batch.clean, place, batch.free)


def test_places_are_counted_in_each_hole() -> None:
    batch = side_by_side([[canvas(holes=2)]], 20)
    place = places_in_holes(batch.free, batch.owners)
    assert place[batch.free].tolist() == [*range(SLOTS), *range(SLOTS)]


def test_a_stair_is_clean_up_to_somewhere_in_its_text_and_noise_behind_that() -> None:
    batch, place, known = stairs([canvas() for _ in range(400)])
    free, is_clean = batch.free, batch.noisy == batch.clean
    assert torch.equal(is_clean[free], (place < known)[free])
    assert bool(is_clean[~free].all())
    counts = torch.bincount(known[free & (place == 0)], minlength=len(TEXT) + 1)
    assert len(counts) == len(TEXT) + 1
    assert bool((counts > 70).all())


def test_the_holes_of_a_canvas_are_known_alike() -> None:
    batch, place, known = stairs([canvas(holes=2) for _ in range(20)])
    both = known[batch.free & (place == 0)].view(20, 2)
    assert torch.equal(both[:, 0], both[:, 1])
    assert len(set(both[:, 0].tolist())) > 1


def test_a_hole_without_filler_may_be_known_to_its_end() -> None:
    batch, place, known = stairs([canvas(middle=list(range(20, 20 + SLOTS))) for _ in range(200)])
    assert set(known[batch.free & (place == 0)].tolist()) == set(range(SLOTS + 1))


def test_without_a_filler_all_of_a_hole_is_text() -> None:
    clean = side_by_side([[canvas() for _ in range(200)]], 200 * 11)
    batch = corrupted(clean, VOCABULARY, random.Random(0), Noise(stairs=1.0), filler=None)
    place = places_in_holes(batch.free, batch.owners)
    known = known_before(batch.noisy == batch.clean, place, batch.free)
    assert set(known[batch.free & (place == 0)].tolist()) == set(range(SLOTS + 1))


def test_the_next_token_of_a_stair_weighs_most() -> None:
    batch, place, known = stairs([canvas() for _ in range(50)])
    before, text = batch.free & (place < known), batch.free & (batch.clean != FILLER)
    assert set(batch.weights[batch.free & (place == known)].tolist()) == {1.0}
    assert batch.weights[before].tolist() == pytest.approx([BEFORE_NEXT] * int(before.sum()))
    assert set(batch.weights[text & (place > known)].tolist()) == {BESIDE_NEXT}
    assert set(batch.weights[~batch.free].tolist()) == {0.0}


def test_as_many_canvases_are_stairs_as_asked_for() -> None:
    clean = side_by_side([[canvas() for _ in range(400)]], 400 * 11)
    batch = corrupted(clean, VOCABULARY, random.Random(0), Noise(stairs=0.3, share=1.0), FILLER)
    place = places_in_holes(batch.free, batch.owners)
    known = known_before(batch.noisy == batch.clean, place, batch.free)[batch.free & (place == 0)]
    # A quarter of the stairs know nothing, and look like the rest.
    assert 0.16 < float((known > 0).float().mean()) < 0.29


def test_what_validates_is_all_noise_and_stairs_where_those_are_known() -> None:
    assert Noise(stairs=0.6).to_validate == Noise(stairs=0.5, share=1.0)
    assert Noise().to_validate == Noise(stairs=0.0, share=1.0)
