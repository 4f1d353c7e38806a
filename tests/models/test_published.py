from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.models.published import Published, read_published
from tests.published import quantization_config

PATH = Path("config.json")


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        ("int4", Published("int4", "group", 16, in_words=True)),
        ("int8", Published("int8", "channel", 0, in_words=False)),
        ("int8 in words", Published("int8", "channel", 0, in_words=True)),
        ("fp8", Published("fp8", "channel", 0, in_words=False)),
        ("fp8 by tensor", Published("fp8", "tensor", 0, in_words=False)),
    ],
)
def test_a_form_is_read(form: str, wanted: Published) -> None:
    assert read_published(PATH, quantization_config(form)) == wanted


def test_the_format_may_stand_above_the_groups() -> None:
    packing = quantization_config("fp8")
    del packing["config_groups"]["group_0"]["format"]
    assert read_published(PATH, packing).scheme == "fp8"


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"num_bits": 3}, "weights of the type int in 3 bits"),
        ({"type": "float"}, "weights of the type float in 4 bits"),
        ({"strategy": "channel"}, 'the strategy "channel" in 4 bits'),
        ({"strategy": None}, 'the strategy "None" in 4 bits'),
        ({"group_size": 7}, "groups of 7"),
        ({"group_size": None}, "groups of None"),
        ({"symmetric": False}, "weights that are not symmetric"),
        ({"actorder": "group"}, 'columns in the order "group"'),
    ],
)
def test_weights_that_cannot_be_read_are_named(changes: dict[str, Any], what: str) -> None:
    packing = quantization_config("int4")
    packing["config_groups"]["group_0"]["weights"] |= changes
    with pytest.raises(ModelError) as caught:
        read_published(PATH, packing)
    assert str(caught.value) == (
        f'config.json has a quantization_config ("compressed-tensors") with {what}, which cannot be read here: use the'
        " checkpoint that it was made from, which --scheme packs"
    )


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"config_groups": None}, "0 different config_groups"),
        ({"transform_config": {"R1": {}}}, "a transform_config"),
        ({"sparsity_config": {"format": "sparse-24-bitmask"}}, "a sparsity_config"),
    ],
)
def test_configurations_that_cannot_be_read_are_named(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(ModelError, match=rf' \("compressed-tensors"\) with {what}, which cannot be read here: '):
        read_published(PATH, quantization_config("int8") | changes)


def test_a_format_that_is_not_known_is_named() -> None:
    packing = quantization_config("int8")
    packing["config_groups"]["group_0"]["format"] = "nvfp4-pack-quantized"
    with pytest.raises(ModelError, match=r' with the format "nvfp4-pack-quantized", which cannot be read here: '):
        read_published(PATH, packing)


def test_layers_of_different_kinds_are_refused() -> None:
    packing = quantization_config("int8")
    packing["config_groups"]["group_1"] = quantization_config("fp8")["config_groups"]["group_0"]
    with pytest.raises(ModelError, match=r" with 2 different config_groups, which cannot be read here: "):
        read_published(PATH, packing)


def test_a_configuration_of_a_dense_model_says_so() -> None:
    packing = quantization_config("int8") | {"sparsity_config": {"format": "dense"}, "transform_config": {}}
    assert read_published(PATH, packing).scheme == "int8"
