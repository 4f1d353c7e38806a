from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.models.headers import Entry, read_header


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.safetensors"
    save_file({"x": torch.ones(2, 3, dtype=torch.bfloat16), "y": torch.ones(5, dtype=torch.uint8)}, path, {"a": "b"})
    return path


def test_names_types_and_shapes_are_read(file: Path) -> None:
    assert read_header(file) == {"x": Entry("BF16", (2, 3)), "y": Entry("U8", (5,))}


def test_a_file_without_tensors_holds_none(tmp_path: Path) -> None:
    save_file({}, tmp_path / "a.safetensors")
    assert read_header(tmp_path / "a.safetensors") == {}


@pytest.mark.parametrize(
    ("keep", "reason"),
    [
        (0, "its header is longer than the file"),
        (4, "its header is longer than the file"),
        (40, "its header is longer than the file"),
        (-1, "16 bytes of data, where its header tells of 17"),
    ],
)
def test_a_file_cut_short_is_named_with_what_is_wrong(file: Path, keep: int, reason: str) -> None:
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(ModelError) as caught:
        read_header(file)
    assert str(caught.value) == f"{file} is damaged or cut short ({reason}): download it again"


def test_a_file_that_is_too_long_is_damaged(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(ModelError, match=r" \(18 bytes of data, where its header tells of 17\): download it again$"):
        read_header(file)


@pytest.mark.parametrize(
    "header",
    [
        b"{",
        b"\xff\xff",
        b"[]",
        b'{"x": 1}',
        b'{"x": {}}',
        b'{"x": {"dtype": "F32", "shape": 3, "data_offsets": [0, 0]}}',
    ],
)
def test_a_header_that_makes_no_sense_is_named(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(ModelError, match=r" is damaged or cut short \(its header makes no sense\): download it again$"):
        read_header(path)


def test_a_header_of_absurd_length_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes((1 << 60).to_bytes(8, "little") + json.dumps({}).encode())
    with pytest.raises(ModelError, match=r"its header is longer than the file"):
        read_header(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"gone cannot be read \(No such file or directory\): make it a file that you "
    ):
        read_header(tmp_path / "gone")
