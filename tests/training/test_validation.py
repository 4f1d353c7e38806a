from __future__ import annotations

import random
from dataclasses import replace

from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.training.batch import Batch, CanvasBatch, corrupted, side_by_side
from diffgemma_lsp.training.corruption import STAIRS, Noise
from diffgemma_lsp.training.dialect import Dialect
from diffgemma_lsp.training.layout import Canvas
from diffgemma_lsp.training.validation import places_scored, validate, validation_batches
from diffgemma_lsp.training.vocabulary import FILLER
from tests.tiny import tiny_model

TEXT, SLOTS, VOCABULARY = [20, 21, 22], 6, 100_000


def canvases(noise: Noise, count: int = 100) -> CanvasBatch:
    made = []
    for _ in range(count):
        canvas = Canvas(prompt=3)
        canvas.add_hole(TEXT, SLOTS, FILLER)
        made.append(canvas)
    return corrupted(side_by_side([made], SLOTS * count), VOCABULARY, random.Random(0), noise, FILLER)


def test_tokens_of_random_holes_are_told_apart_by_their_place() -> None:
    found = places_scored(canvases(Noise(share=1.0)))
    counts = {name: int(places.sum()) for name, places in found.items()}
    assert counts == {"hole_1": 100, "hole_2": 100, "hole_3+": 100, "filler": 300, "stair": 0, "end": 0}


def test_of_a_stair_the_next_token_counts_and_the_end_after_all_of_its_text() -> None:
    batch = canvases(Noise(stairs=1.0))
    found = places_scored(batch)
    unknown, known = int(found["hole_1"].sum()), int((found["stair"] | found["end"]).sum())
    assert unknown + known == 100
    assert min(unknown, int(found["stair"].sum()), int(found["end"].sum())) > 10
    assert set(batch.clean[batch.free][found["stair"]].tolist()) == {21, 22}
    assert set(batch.clean[batch.free][found["end"]].tolist()) == {FILLER}


def test_a_checkpoint_that_settles_from_the_left_is_validated_on_stairs_too(
    sources: list[str], dialect: Dialect
) -> None:
    modules = [Module("package", f"{number}.py", text) for number, text in enumerate(sources)]
    sampling = replace(dialect.profile.sampling, settled=None)
    plain = Dialect(dialect.tokenizer, replace(dialect.profile, sampling=sampling))
    assert dialect.noise == STAIRS
    stairs, others = (validation_batches(modules, each, 480, 512) for each in (dialect, plain))
    losses = validate(tiny_model(vocab_size=dialect.tokenizer.size), stairs)
    assert list(losses) == ["next", "hole_1", "hole_2", "hole_3+", "filler", "stair", "end"]
    # In a small vocabulary, noise is the right token now and then: once in as many as it has.
    assert plain.noise.to_validate == Noise(share=1.0)
    assert _count(others, "stair") < 5
    assert _count(others, "end") < 5
    assert _count(stairs, "stair") > 20
    assert _count(stairs, "end") > 5


def _count(batches: list[Batch], name: str) -> int:
    return sum(int(places_scored(batch.canvases)[name].sum()) for batch in batches if batch.canvases is not None)
