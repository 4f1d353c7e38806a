from __future__ import annotations

import random
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

import pytest
import tokenizers
from tokenizers import decoders, models, normalizers, pre_tokenizers

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.prompts.tokenizer import Tokenizer
from tests.vocabularies import gemma_tokenizer, starter_tokenizer, train_byte_level, train_gemma

MAKERS = [starter_tokenizer, gemma_tokenizer]

TEXTS = [
    "",
    " ",
    "def add(first, second):\n    return first + second\n",
    "\ttabs\tand  runs   of    spaces \n\n\n\n",
    "\r\n\r\f\v\u2028\u2029\u0085\ufeff",
    "naïve Ωmega 漢字 🎉 👩‍👩‍👧 e\u0301 \ufb01 \u00bd",
    "▁ ▁▁ a▁b  ▁",
    "<0x0A><0xFF> \ufffd \u0000 \u0001",
    "<|eos|><eos><turn|><|turn>user\n<|channel>thought\n<channel|><pad><unk><mask><|filler|><|tool_response>",
]

every_vocabulary = pytest.mark.parametrize("make", MAKERS)


@every_vocabulary
@pytest.mark.parametrize("text", TEXTS)
def test_text_comes_back_exactly(make: Callable[[], Tokenizer], text: str) -> None:
    tokenizer = make()
    assert tokenizer.decode(tokenizer.encode(text)) == text


@every_vocabulary
@pytest.mark.parametrize("text", TEXTS)
def test_tokens_begin_where_their_texts_do(make: Callable[[], Tokenizer], text: str) -> None:
    tokenizer = make()
    ids, starts = tokenizer.encode_with_starts(text)
    assert ids == tokenizer.encode(text)
    lengths = (len(part) for part in tokenizer.token_texts(ids))
    assert starts == list(accumulate(lengths, initial=0))


@every_vocabulary
def test_random_text_comes_back_exactly(make: Callable[[], Tokenizer]) -> None:
    tokenizer = make()
    noise = random.Random(0)
    for _ in range(300):
        pieces = noise.choices([*TEXTS, "<", "|", ">", "▁", " ", "\n", "x", "é", "🎉"], k=noise.randint(0, 8))
        text = "".join(pieces)
        assert tokenizer.decode(tokenizer.encode(text)) == text


@every_vocabulary
def test_what_looks_like_a_special_token_is_encoded_as_text(make: Callable[[], Tokenizer]) -> None:
    tokenizer = make()
    assert tokenizer.special_ids.isdisjoint(tokenizer.encode(TEXTS[-1]))


def test_a_control_token_without_a_flag_is_special_when_it_is_named() -> None:
    unnamed = Tokenizer(train_gemma())
    named = gemma_tokenizer()
    token = named.id("<|tool_response>")
    assert unnamed.encode("<|tool_response>") == [token]
    assert token not in unnamed.special_ids
    assert token not in named.encode("<|tool_response>")
    assert token in named.special_ids


def test_an_added_token_that_is_ordinary_text_is_still_used() -> None:
    tokenizer = gemma_tokenizer()
    assert tokenizer.encode("\n\n") == [tokenizer.id("\n\n")]
    assert tokenizer.decode([tokenizer.id("\n\n")]) == "\n\n"


@every_vocabulary
def test_special_tokens_have_an_id_and_no_text(make: Callable[[], Tokenizer]) -> None:
    tokenizer = make()
    for id_ in tokenizer.special_ids:
        assert tokenizer.token_texts([id_, *tokenizer.encode("a"), id_]) == ["", "a", ""]


@every_vocabulary
def test_a_token_that_is_not_in_the_vocabulary_is_named(make: Callable[[], Tokenizer]) -> None:
    with pytest.raises(ModelError, match=r'^the tokenizer has no token "<\|mid\|>": correct the \[tokens\] of'):
        make().id("<|mid|>")


def test_a_control_token_that_is_not_in_the_vocabulary_is_named() -> None:
    with pytest.raises(ModelError, match='has no token "<fim>"'):
        Tokenizer(train_gemma(), control=["<turn|>", "<fim>"])


@every_vocabulary
def test_token_texts_join_to_the_decoded_text(make: Callable[[], Tokenizer]) -> None:
    tokenizer = make()
    noise = random.Random(1)
    for _ in range(300):
        ids = [noise.randrange(tokenizer.size) for _ in range(noise.randint(0, 20))]
        texts = tokenizer.token_texts(ids)
        assert len(texts) == len(ids)
        assert "".join(texts) == tokenizer.decode(ids)


@every_vocabulary
def test_a_character_of_several_tokens_belongs_to_the_last_of_them(make: Callable[[], Tokenizer]) -> None:
    tokenizer = make()
    ids = tokenizer.encode("🎉")
    assert len(ids) == 4
    assert tokenizer.token_texts(ids) == ["", "", "", "🎉"]


@every_vocabulary
def test_bytes_that_are_no_utf8_are_left_out(make: Callable[[], Tokenizer]) -> None:
    tokenizer = make()
    party = tokenizer.encode("🎉")
    letter = tokenizer.encode("a")
    assert tokenizer.decode([*party[:3], *letter]) == "a"
    assert tokenizer.decode([*letter, *party[1:], *letter]) == "aa"
    assert tokenizer.decode([*letter, *party[:2]]) == "a"


def test_tokens_decode_as_the_library_decodes_them() -> None:
    for make, train in ((starter_tokenizer, train_byte_level), (gemma_tokenizer, train_gemma)):
        tokenizer, library = make(), train()
        for text in TEXTS[:6]:
            ids = tokenizer.encode(text)
            assert tokenizer.decode(ids) == library.decode(ids)


def test_ids_outside_the_vocabulary_have_no_text() -> None:
    tokenizer = starter_tokenizer()
    assert tokenizer.token_texts([tokenizer.size + 7]) == [""]


def test_the_size_counts_every_token_once() -> None:
    assert starter_tokenizer().size == train_byte_level().get_vocab_size(with_added_tokens=True)


def test_truncation_and_padding_in_the_file_are_switched_off() -> None:
    inner = train_byte_level()
    inner.enable_truncation(4)
    inner.enable_padding(length=64)
    tokenizer = Tokenizer(inner)
    assert tokenizer.decode(tokenizer.encode("a long line of text\n" * 9)) == "a long line of text\n" * 9


@pytest.mark.parametrize("change", ["normalizer", "prefix space", "unknown"])
def test_a_tokenizer_that_changes_text_is_refused(change: str) -> None:
    inner = train_byte_level()
    if change == "normalizer":
        inner.normalizer = normalizers.NFC()
    elif change == "prefix space":
        inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    else:
        inner = tokenizers.Tokenizer(models.WordLevel({"a": 0, "?": 1}, unk_token="?"))
        inner.decoder = decoders.Fuse()
    with pytest.raises(ModelError, match=r"^the tokenizer changes text on its way to tokens and back, so no file"):
        Tokenizer(inner)


def test_a_saved_tokenizer_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    train_gemma().save(str(path))
    tokenizer = Tokenizer.from_file(path, control=["<|tool_response>"])
    assert tokenizer.encode(TEXTS[-1]) == gemma_tokenizer().encode(TEXTS[-1])


def test_a_missing_tokenizer_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    with pytest.raises(
        ModelError, match=r"tokenizer\.json is missing: a checkpoint needs its tokenizer\.json"
    ) as caught:
        Tokenizer.from_file(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", ["", "{}", '{"model": {"type": "BPE"', "\x00"])
def test_a_tokenizer_file_that_cannot_be_read_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(content)
    with pytest.raises(
        ModelError, match=r"tokenizer\.json is no tokenizer that can be read \(.+\): download it again$"
    ):
        Tokenizer.from_file(path)


@pytest.mark.parametrize("make", [starter_tokenizer, gemma_tokenizer])
def test_tokens_are_respelled_as_their_text_is_split_and_special_ones_stay(make: Callable[[], Tokenizer]) -> None:
    tokenizer = make()
    end = next(iter(tokenizer.special_ids))
    whole = tokenizer.encode("return first")
    letters = [id_ for letter in "return first" for id_ in tokenizer.encode(letter)]
    assert len(letters) > len(whole)
    assert tokenizer.respelled(letters) == whole
    assert tokenizer.respelled([*letters, end, end, *letters]) == [*whole, end, end, *whole]
    assert tokenizer.respelled([]) == []
