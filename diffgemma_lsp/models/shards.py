"""Tensors into safetensors files, some at a time."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from diffgemma_lsp.models.files import INDEX

_SHARD_BYTES = 1 << 30


class ShardWriter:
    """Writes shards into `folder`, each once it has `shard_bytes`, and in the end the index that names them."""

    def __init__(self, folder: Path, shard_bytes: int = _SHARD_BYTES) -> None:
        self._folder = folder
        self._shard_bytes = shard_bytes
        self._waiting: dict[str, Tensor] = {}
        self._shards: dict[str, str] = {}
        self._total = 0

    def add(self, name: str, tensor: Tensor) -> None:
        """Take a tensor, which is kept in memory until its shard is full. Raises OSError or SafetensorError."""
        self._waiting[name] = tensor.cpu().contiguous()
        self._total += tensor.nbytes
        if sum(waiting.nbytes for waiting in self._waiting.values()) >= self._shard_bytes:
            self._write()

    def finish(self) -> None:
        """Write what is left, and the index."""
        if self._waiting:
            self._write()
        index = {"metadata": {"total_size": self._total}, "weight_map": self._shards}
        path = self._folder / INDEX
        path.write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
        for name in set(self._shards.values()):
            # The library lets nobody else read what it writes.
            shutil.copymode(path, self._folder / name)

    def _write(self) -> None:
        name = f"model-{len(set(self._shards.values())) + 1:05}.safetensors"
        save_file(self._waiting, self._folder / name, {"format": "pt"})
        self._shards |= dict.fromkeys(self._waiting, name)
        self._waiting = {}
