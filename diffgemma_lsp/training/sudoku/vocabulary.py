"""The tokens of Sudoku: digits first, so that noise can be drawn from them alone.

A clue is another token than the digit that a free cell holds: DiffusionGemma has no mask token, and noise looks like
any digit, so this is how the model knows from the first step on which cells it can trust. The prompt is the same for
every puzzle: one name for each cell, 81 positions before the cell itself, by which a position knows which cell it is.
The bytes that no token of Sudoku spells follow, as in every vocabulary of ours: any text comes back as it was.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tokenizers import pre_tokenizers

from diffgemma_lsp.sudoku.grid import CELLS, DIGITS, FREE, SIDE, Grid

DIGIT_TOKENS = SIDE
"""Token d - 1 is the digit d in a free cell."""

FIRST_CLUE = DIGIT_TOKENS
PAD, EOS, BOS, BLANK = range(FIRST_CLUE + SIDE, FIRST_CLUE + SIDE + 4)
FIRST_NAME = BLANK + 1
PROMPT = (BOS, *range(FIRST_NAME, FIRST_NAME + CELLS))
SPECIAL_TOKENS = ("<|pad|>", "<|eos|>", "<|bos|>", "<|blank|>")


def answer_tokens(grid: Grid) -> list[int]:
    """Return the tokens of a full grid in free cells."""
    return [digit - 1 for digit in grid]


def clue_token(digit: int) -> int:
    """Return the token of a digit that is given."""
    return FIRST_CLUE + digit - 1


def clue_tokens(clues: Grid) -> list[int]:
    """Return the tokens of a puzzle as it is read from left to right, with `BLANK` where a cell is free."""
    return [BLANK if digit == FREE else clue_token(digit) for digit in clues]


def token_names() -> tuple[str, ...]:
    """Return how the tokens of Sudoku are spelled, by id."""
    digits = [str(digit) for digit in DIGITS]
    clues = [f"<|clue{digit}|>" for digit in DIGITS]
    cells = [f"<|r{cell // SIDE + 1}c{cell % SIDE + 1}|>" for cell in range(CELLS)]
    return (*digits, *clues, *SPECIAL_TOKENS, *cells)


def vocabulary() -> dict[str, int]:
    """Return the ids of all tokens: those of Sudoku, then the bytes that are no digit from 1 to 9."""
    names = token_names()
    others = [spelling for spelling in sorted(pre_tokenizers.ByteLevel.alphabet()) if spelling not in names]
    return {name: id_ for id_, name in enumerate((*names, *others))}


def write_tokenizer(path: Path) -> None:
    """Write `tokenizer.json`: one token for each byte, and those of Sudoku, which no text is encoded to."""
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    content: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": None,
        "decoder": byte_level,
        "model": {"type": "BPE", "vocab": vocabulary(), "merges": []},
    }
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
