from __future__ import annotations

from diffgemma_lsp.prompts.reading import NOTHING, read_hole
from tests.vocabularies import starter_tokenizer


def test_a_hole_ends_before_its_first_closer() -> None:
    hole = read_hole([5, 6, 3, 7], [0.9, 0.8, 0.7, 0.6], [True, False, True, True], frozenset({3}))
    assert hole.ids == (5, 6)
    assert hole.confidence == (0.9, 0.8)
    assert hole.settled == (True, False)
    assert hole.is_closed


def test_a_hole_without_a_closer_is_open() -> None:
    assert not read_hole([5, 6], [0.9, 0.8], [True, True], frozenset({3})).is_closed


def test_blocks_join_and_the_last_says_whether_the_hole_is_closed() -> None:
    first = read_hole([5, 6], [0.9, 0.8], [True, True], frozenset({3}))
    second = read_hole([7, 3], [0.7, 0.6], [False, True], frozenset({3}))
    joined = first.joined(second)
    assert joined.ids == (5, 6, 7)
    assert joined.confidence == (0.9, 0.8, 0.7)
    assert joined.is_closed
    assert NOTHING.joined(first) == first


def test_a_holes_texts_carry_confidence_and_whether_they_are_settled() -> None:
    tokenizer = starter_tokenizer()
    ids = tokenizer.encode("return x")
    hole = read_hole(ids, [0.5] * len(ids), [False] * len(ids), frozenset())
    texts = hole.texts(tokenizer)
    assert "".join(token.text for token in texts) == "return x"
    assert {(token.confidence, token.is_settled) for token in texts} == {(0.5, False)}


def test_an_open_hole_is_stuck_that_ends_in_one_token_over_and_over() -> None:
    def is_stuck(ids: list[int]) -> bool:
        return read_hole(ids, [0.9] * len(ids), [True] * len(ids), frozenset({3})).is_stuck

    assert is_stuck([5, 6] + [7] * 8)
    assert not is_stuck([7] * 7)
    assert not is_stuck([7, 8] * 8)
    assert not is_stuck([7] * 8 + [3])
