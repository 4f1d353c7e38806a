from __future__ import annotations

import random
from importlib import import_module

import pytest

from benchmarks.ablation.variants import VARIANTS, Variant
from diffgemma_lsp.models.names import starter_folder
from diffgemma_lsp.training.corruption import STAIRS, Noise
from diffgemma_lsp.training.dialect import starter_dialect
from diffgemma_lsp.training.shape import SHAPES, starter_config
from diffgemma_lsp.training.vocabulary import VOCABULARY_SIZE, tokenizer_path

NAMED = {variant.name: variant for variant in VARIANTS}
TEXT = "def area(width, height):\n    return width * height\n" * 9


@pytest.mark.parametrize("variant", VARIANTS, ids=NAMED)
def test_a_variant_changes_what_it_names_for_as_long_as_it_is_in_force(variant: Variant) -> None:
    places = [f"diffgemma_lsp.training.{name}".rpartition(".") for name in variant.constants]
    before = [getattr(import_module(module), constant) for module, _, constant in places]
    with variant.in_force():
        within = [getattr(import_module(module), constant) for module, _, constant in places]
        config = starter_config("small" if variant.shape is None else variant.name).text_config
    assert within == list(variant.constants.values())
    assert all(new != old for new, old in zip(within, before, strict=True))
    assert [getattr(import_module(module), constant) for module, _, constant in places] == before
    assert config.vocab_size == (variant.vocabulary or VOCABULARY_SIZE)
    shape = variant.shape or SHAPES["small"]
    assert (config.hidden_size, config.num_hidden_layers, config.num_experts) == (
        shape.hidden,
        2 * shape.pairs,
        shape.experts,
    )


def test_a_constant_that_is_gone_is_an_error() -> None:
    with pytest.raises(AttributeError), Variant("stale", constants={"layout.NO_SUCH_SHARE": 0.5}).in_force():
        pass


def test_the_noise_of_a_variant_reaches_the_batches() -> None:
    dialect = starter_dialect(tokenizer_path(starter_folder()))
    assert dialect.noise == STAIRS
    with NAMED["no stairs, no staircases"].in_force():
        assert dialect.noise == Noise()


def test_holes_between_words_split_none() -> None:
    layout = import_module("diffgemma_lsp.training.layout")
    with NAMED["holes between words"].in_force():
        found = [layout.cut(TEXT, near, random.Random(near)) for near in range(len(TEXT) - 60)]
    ends = [offset for hole in found if hole is not None for offset in (hole.start, hole.end) if 0 < offset < len(TEXT)]
    assert len(ends) > 100
    assert not [offset for offset in ends if TEXT[offset - 1].isalnum() and TEXT[offset].isalnum()]
