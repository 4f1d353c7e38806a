from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file

from diffgemma_lsp.models.files import weight_files
from diffgemma_lsp.models.shards import ShardWriter


def test_a_shard_is_written_once_it_is_full(tmp_path: Path) -> None:
    writer = ShardWriter(tmp_path, shard_bytes=100)
    tensors = {f"t{number}": torch.full((15,), float(number)) for number in range(5)}
    for name, tensor in tensors.items():
        writer.add(name, tensor)
    assert len(list(tmp_path.glob("*.safetensors"))) == 2
    writer.finish()
    files = weight_files(tmp_path)
    assert [list(load_file(file)) for file in files] == [["t0", "t1"], ["t2", "t3"], ["t4"]]
    for file in files:
        for name, tensor in load_file(file).items():
            assert torch.equal(tensor, tensors[name])


def test_shards_may_be_read_by_those_who_may_read_their_index(tmp_path: Path) -> None:
    writer = ShardWriter(tmp_path)
    writer.add("t", torch.ones(1))
    writer.finish()
    assert len({path.stat().st_mode for path in tmp_path.iterdir()}) == 1
