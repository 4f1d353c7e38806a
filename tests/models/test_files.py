"""The files of a checkpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import save_file

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.models.files import weight_files

INDEX = "model.safetensors.index.json"


def test_one_file_of_weights_is_found(tmp_path: Path) -> None:
    save_file({}, tmp_path / "model.safetensors")
    assert weight_files(tmp_path) == [tmp_path / "model.safetensors"]


def test_shards_are_found_through_their_index(tmp_path: Path) -> None:
    for name in ("a.safetensors", "b.safetensors"):
        save_file({}, tmp_path / name)
    weight_map = {"x": "b.safetensors", "y": "a.safetensors", "z": "b.safetensors"}
    (tmp_path / INDEX).write_text(json.dumps({"weight_map": weight_map}))
    assert weight_files(tmp_path) == [tmp_path / "a.safetensors", tmp_path / "b.safetensors"]


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    (tmp_path / INDEX).write_text(json.dumps({"weight_map": {"x": "a.safetensors"}}))
    message = r"a\.safetensors is missing, which model\.safetensors\.index\.json names: download it again$"
    with pytest.raises(ModelError, match=message):
        weight_files(tmp_path)


def test_a_damaged_shard_is_named_before_anything_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(ModelError, match=r"model\.safetensors is damaged or cut short \(.+\): download it again$"):
        weight_files(tmp_path)


@pytest.mark.parametrize("index", [{}, {"weight_map": {}}, {"weight_map": ["a"]}])
def test_an_index_without_files_is_named(tmp_path: Path, index: dict[str, Any]) -> None:
    (tmp_path / INDEX).write_text(json.dumps(index))
    with pytest.raises(ModelError, match=r"index\.json names no files: download it again$"):
        weight_files(tmp_path)


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r" holds no model\.safetensors and no .*index\.json: download the weights too$"
    ):
        weight_files(tmp_path)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "consolidated.00.pth", "model.pt", "last.ckpt"])
def test_weights_that_could_run_code_are_never_opened(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(ModelError, match=rf" holds its weights in {name}, which could run code: use safetensors$"):
        weight_files(tmp_path)
