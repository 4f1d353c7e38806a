"""Texts that remember their tokens."""

from random import Random

import pytest

from diffgemma_lsp.text import TokenPart
from diffgemma_lsp.text.traced import TracedText


def test_an_untouched_text_is_its_tokens_without_the_empty_ones() -> None:
    assert TracedText.of(["ab", "", "c"]).parts == (TokenPart(0, "ab"), TokenPart(2, "c"))


def test_a_cut_leaves_the_rest_of_a_token() -> None:
    assert TracedText.of(["abc", "def"]).replaced(1, 4).parts == (TokenPart(0, "a"), TokenPart(1, "ef"))


def test_a_replacement_belongs_to_the_token_that_stood_there() -> None:
    assert TracedText.of(["ab", "cd", "ef"]).replaced(2, 5, "XYZ").parts == (
        TokenPart(0, "ab"),
        TokenPart(1, "XYZ"),
        TokenPart(2, "f"),
    )


def test_an_insertion_belongs_to_the_token_before_it() -> None:
    assert TracedText.of(["ab", "cd"]).replaced(2, 2, "X").parts == (TokenPart(0, "abX"), TokenPart(1, "cd"))
    assert TracedText.of(["ab"]).replaced(0, 0, "X").parts == (TokenPart(0, "Xab"),)


@pytest.mark.parametrize("seed", range(50))
def test_parts_join_to_the_text_and_stay_in_order(seed: int) -> None:
    random = Random(seed)
    traced = TracedText.of([random.choice(["", "a", "bc", "\n    "]) for _ in range(8)])
    for _ in range(5):
        start = random.randrange(len(traced.text) + 1)
        end = random.randrange(start, len(traced.text) + 1)
        traced = traced.replaced(start, end, random.choice(["", "x", "yz"]))
        assert len(traced.owners) == len(traced.text)
    assert "".join(part.text for part in traced.parts) == traced.text
    indices = [part.index for part in traced.parts]
    assert indices == sorted(set(indices))
