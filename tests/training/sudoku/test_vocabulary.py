from pathlib import Path

from diffgemma_lsp.prompts.tokenizer import Tokenizer
from diffgemma_lsp.training.sudoku.shape import VOCABULARY_SIZE
from diffgemma_lsp.training.sudoku.vocabulary import (
    BLANK,
    DIGIT_TOKENS,
    PROMPT,
    SPECIAL_TOKENS,
    answer_tokens,
    clue_tokens,
    token_names,
    vocabulary,
    write_tokenizer,
)
from tests.sudoku.puzzles import CLUES, SOLUTION


def test_noise_can_be_drawn_from_the_digits_alone() -> None:
    assert token_names()[:DIGIT_TOKENS] == tuple("123456789")


def test_every_token_has_one_id_and_the_network_knows_all() -> None:
    ids = vocabulary()
    assert sorted(ids.values()) == list(range(len(ids)))
    assert len(ids) <= VOCABULARY_SIZE
    assert [ids[name] for name in token_names()] == list(range(len(token_names())))


def test_a_clue_is_another_token_than_the_same_digit_in_a_free_cell() -> None:
    clues, answers = clue_tokens(CLUES), answer_tokens(SOLUTION)
    assert not set(clues) & set(answers)
    assert [token == BLANK for token in clues] == [digit == 0 for digit in CLUES]


def test_the_prompt_names_each_cell_once() -> None:
    names = [token_names()[token] for token in PROMPT]
    assert names[0] == "<|bos|>"
    assert names[1:3] == ["<|r1c1|>", "<|r1c2|>"]
    assert names[-1] == "<|r9c9|>"
    assert len(set(names)) == 82


def test_the_tokenizer_leaves_any_text_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    write_tokenizer(path)
    tokenizer = Tokenizer.from_file(path, SPECIAL_TOKENS)
    text = "12 é <|clue1|>\n"
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.encode("19") == [0, 8]
    assert tokenizer.id("<|r9c9|>") == PROMPT[-1]
