from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.models.checkpoint import read_config
from tests.tiny import tiny_config


def write_config(folder: Path, **changes: Any) -> None:
    values = {**tiny_config().to_dict(), **changes}
    (folder / "config.json").write_text(json.dumps(values), encoding="utf-8")


def test_any_shape_is_read_from_the_configuration(tmp_path: Path) -> None:
    wanted = tiny_config(hidden_size=48, layer_types=["full_attention"], experts=3)
    (tmp_path / "config.json").write_text(json.dumps(wanted.to_dict()), encoding="utf-8")
    text = read_config(tmp_path).get_text_config()
    assert (text.hidden_size, text.layer_types, text.num_experts) == (48, ["full_attention"], 3)


def test_attention_is_sdpa_in_both_stacks(tmp_path: Path) -> None:
    write_config(tmp_path)
    config = read_config(tmp_path)
    assert config._attn_implementation == "sdpa"
    assert config.get_text_config()._attn_implementation == "sdpa"


def test_a_folder_without_a_configuration_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r" holds no config\.json: name the folder of a DiffusionGemma checkpoint$"):
        read_config(tmp_path)


def test_another_class_of_model_is_refused(tmp_path: Path) -> None:
    write_config(tmp_path, model_type="gemma3_text")
    message = r'config\.json has the model_type "gemma3_text": only "diffusion_gemma" checkpoints fill holes here$'
    with pytest.raises(ModelError, match=message):
        read_config(tmp_path)


def test_a_quantized_checkpoint_is_refused(tmp_path: Path) -> None:
    write_config(tmp_path, quantization_config={"quant_method": "fp8"})
    with pytest.raises(
        ModelError,
        match=r'config\.json has a quantization_config \("fp8"\), which cannot be read here: use the ',
    ):
        read_config(tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {"canvas_length": "long"},
        {"text_config": {"vocab_size": []}},
        {"text_config": 3},
        {"text_config": None},
        {"vision_config": "x"},
    ],
    ids=["wrong type", "wrong type of the text model", "no text model", "an empty text model", "no vision model"],
)
def test_a_configuration_that_cannot_be_built_is_named(tmp_path: Path, changes: dict[str, Any]) -> None:
    write_config(tmp_path, **changes)
    with pytest.raises(ModelError, match=r"config\.json describes no model that can be built \(.+\): download it "):
        read_config(tmp_path)


@pytest.mark.parametrize(("content", "reason"), [(b"{", "JSON"), (b"\xff", "JSON"), (b"[]", "a JSON object")])
def test_a_configuration_that_is_not_json_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(ModelError, match=rf"config\.json is not {reason}.*: download it again$"):
        read_config(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that fails when it is read")
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").symlink_to("/proc/self/mem")
    with pytest.raises(
        ModelError, match=r"config\.json cannot be read \(Input/output error\): make it a file that you"
    ):
        read_config(tmp_path)
