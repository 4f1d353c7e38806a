"""The starter checkpoint's vocabulary: byte-level BPE over Python source, and its special ids.

A newline goes with the indentation after it, so that one token says on which level the next line stands. No text is
normalised, and every text comes back as it was. The special tokens are plain entries that no merge leads to: text that
spells `<|eos|>` is encoded as ordinary characters.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

PAD, EOS, BOS, FILLER, SUFFIX, PREFIX = range(6)
SPECIAL_TOKENS = ("<|pad|>", "<|eos|>", "<|bos|>", "<|filler|>", "<|suffix|>", "<|prefix|>")
VOCABULARY_SIZE = 4096
PIECES = (
    r"(?:\r?\n)+[ \t]*"  # line ends with the indentation of the next line
    r"| ?_*\p{L}+"  # a word of an identifier, with what leads to it
    r"|\d{1,2}"
    r"| ?[^\s\p{L}\d]+"  # a run of punctuation
    r"|[^\S\r\n]+(?!\S)|\s"  # other space, less the one character that what follows takes along
)


def tokenizer_path(state: Path) -> Path:
    """Return where the trained vocabulary lies."""
    return state / "tokenizer.json"


def train_vocabulary(texts: Iterable[str], path: Path) -> None:
    """Learn the merges from texts and write `tokenizer.json`."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        max_token_length=24,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    content = json.loads(tokenizer.to_str())
    # As added tokens they would be cut out of any text that spells them.
    content["added_tokens"] = []
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def load_vocabulary(path: Path) -> Tokenizer:
    """Return the tokenizer in a `tokenizer.json` file."""
    return Tokenizer.from_file(str(path))
