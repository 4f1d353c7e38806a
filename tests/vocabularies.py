"""Small tokenizers of the two kinds that checkpoints come with, trained on a few lines."""

from __future__ import annotations

import json

import tokenizers
from tokenizers import decoders, models, normalizers, pre_tokenizers, trainers

from diffgemma_lsp.prompts.tokenizer import Tokenizer

LINES = [
    "def add(first, second):\n    return first + second\n",
    "class Stack:\n    def __init__(self):\n        self.items = []\n",
    "for item in self.items:\n        if item is None:\n            continue\n",
    "user\nmodel\nthought\n```python\n```\n",
] * 8

STARTER_SPECIALS = ["<|pad|>", "<|eos|>", "<|bos|>", "<|filler|>", "<|suffix|>", "<|prefix|>"]
GEMMA_SPECIALS = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<|tool>", "<tool|>", "<|tool_call>", "<tool_call|>"]
GEMMA_SPECIALS += ["<|tool_response>", "<tool_response|>", '<|"|>', "<|think|>"]
GEMMA_SPECIALS += ["<|channel>", "<channel|>", "<|turn>", "<turn|>"]

# Control tokens that are ordinary entries of the vocabulary's file, and runs of line ends that are entries by design.
UNFLAGGED = ["<|tool_response>", "\n\n", "\n\n\n"]


def starter_tokenizer() -> Tokenizer:
    """Return a byte-level tokenizer with the starter checkpoint's special tokens."""
    return Tokenizer(train_byte_level())


def gemma_tokenizer() -> Tokenizer:
    """Return a tokenizer like Gemma's: spaces spelt as a character of their own, bytes for what is not in it."""
    return Tokenizer(train_gemma(), control=["<|tool_response>"])


def train_byte_level() -> tokenizers.Tokenizer:
    """Return the library's tokenizer below `starter_tokenizer`."""
    inner = tokenizers.Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=STARTER_SPECIALS, initial_alphabet=alphabet, show_progress=False
    )
    inner.train_from_iterator(LINES, trainer)
    return inner


def train_gemma() -> tokenizers.Tokenizer:
    """Return the library's tokenizer below `gemma_tokenizer`."""
    inner = tokenizers.Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    inner.normalizer = normalizers.Replace(" ", "▁")
    inner.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    inner.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    fallback = [f"<0x{byte:02X}>" for byte in range(256)]
    specials = [*GEMMA_SPECIALS, *UNFLAGGED[1:], *fallback]
    trainer = trainers.BpeTrainer(vocab_size=500, special_tokens=specials, show_progress=False)
    inner.train_from_iterator(LINES, trainer)
    # The trainer knows special tokens only; in a real file, bytes and line ends are not.
    saved = json.loads(inner.to_str())
    saved["added_tokens"] = [token for token in saved["added_tokens"] if token["content"] not in fallback]
    for token in saved["added_tokens"]:
        token["special"] = token["content"] not in UNFLAGGED
    return tokenizers.Tokenizer.from_str(json.dumps(saved))
