from __future__ import annotations

import pytest
from tokenizers import Tokenizer

from diffgemma_lsp.training.vocabulary import SPECIAL_TOKENS

TEXTS = [
    "",
    " ",
    "def f(x):\n    return x\n",
    "\tif a:\r\n\t\tb\r\n",
    "a    = b  \n\n  \n\tx\n\n\n",
    "page\x0cbreak\x0b \u2028 \u00a0",
    "n\u00e9e e\u0301 \U0001f600 \u65e5\u672c\u8a9e",
    "".join(SPECIAL_TOKENS),
    "x = '<|eos|>' # <|filler|>\n",
    "\x00\x1f\x7f",
]


@pytest.mark.parametrize("text", TEXTS)
def test_every_text_comes_back_as_it_was(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_encodes_to_a_special_token(tokenizer: Tokenizer, text: str) -> None:
    assert not set(tokenizer.encode(text).ids) & set(range(len(SPECIAL_TOKENS)))


def test_special_tokens_have_the_first_ids(tokenizer: Tokenizer) -> None:
    assert [tokenizer.token_to_id(token) for token in SPECIAL_TOKENS] == list(range(len(SPECIAL_TOKENS)))


@pytest.mark.parametrize("piece", ["\n    ", "\n        ", "\n\n    "])
def test_a_newline_and_its_indentation_are_one_token(tokenizer: Tokenizer, piece: str) -> None:
    encoded = tokenizer.encode(f"x{piece}y")
    assert piece in [tokenizer.decode([token]) for token in encoded.ids]


def test_no_token_reaches_from_one_line_into_the_text_of_the_next(tokenizer: Tokenizer, sources: list[str]) -> None:
    for token in set(tokenizer.encode("".join(sources)).ids):
        before, newline, after = tokenizer.decode([token]).partition("\n")
        assert not newline or not (before + after).strip()
