"""What fillers answer with."""

import pytest

from diffgemma_lsp.fill import Draft, TokenText, join_tokens, mean_confidence


def test_tokens_join_to_the_text_of_a_hole() -> None:
    holes = ((TokenText("a", 1.0), TokenText(" b", 1.0)), ())
    assert join_tokens(holes[0]) == "a b"
    assert Draft(0, 1, holes).texts == ("a b", "")


def test_confidence_is_the_geometric_mean_over_all_holes() -> None:
    assert mean_confidence([(TokenText("a", 0.2),), (), (TokenText("b", 0.8),)]) == pytest.approx(0.4)


def test_a_token_without_confidence_does_not_decide_alone() -> None:
    assert 0.0 < mean_confidence([(TokenText("a", 0.0), TokenText("b", 1.0))]) < 0.001


def test_nothing_has_no_confidence() -> None:
    assert mean_confidence([()]) == 0.0
