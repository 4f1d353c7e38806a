"""Tiny checkpoints as folders, as they would come from the hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.tiny import tiny_model
from tests.vocabularies import train_byte_level

PROFILE = """\
name = "tiny"
prompt = "raw"
follows_instructions = false
[tokens]
bos = "<|bos|>"
end = ["<|eos|>"]
filler = "<|filler|>"
suffix = "<|suffix|>"
prefix = "<|prefix|>"
banned = []
[canvas]
max_length = 64
buckets = [8, 16]
prefix_tail_tokens = 8
suffix_head_tokens = 16
[sampling]
attempts = 1
steps = 8
entropy_bound = 0.5
temperature_start = 0.8
temperature_end = 0.4
stability = 1
confidence = 0.02
[context]
prompt_tokens = 128
suffix_tokens = 32
"""


def save_checkpoint(folder: Path, shard_size: str = "50GB", **shape: Any) -> Any:
    """Write a checkpoint of `tiny_model(**shape)` with tokenizer and profile, and return the model."""
    tokenizer = train_byte_level()
    model = tiny_model(**{"vocab_size": tokenizer.get_vocab_size(), **shape})
    model.save_pretrained(folder, max_shard_size=shard_size)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "profile.toml").write_text(PROFILE, encoding="utf-8")
    return model
