"""The quiet gate."""

from __future__ import annotations

import pytest

from diffgemma_lsp.fill import TokenText, join_tokens
from diffgemma_lsp.fill.quiet import confident_lines, first_doubt

SURE, UNSURE = 0.9, 0.2


def gate(*tokens: tuple[str, float]) -> str:
    return join_tokens(confident_lines(tuple(TokenText(*token) for token in tokens), 0.5))


@pytest.mark.parametrize(
    ("tokens", "shown"),
    [
        ((("a", SURE), (" b", SURE)), "a b"),
        ((("a", UNSURE), (" b", SURE)), ""),
        ((("a", SURE), (" b", UNSURE)), ""),
        ((("a", SURE), ("\n    ", SURE), ("b", UNSURE)), "a"),
        ((("a", SURE), ("\n    ", UNSURE), ("b", SURE)), "a\n    b"),
        ((("a", SURE), ("\nb", UNSURE)), "a"),
        ((("a", SURE), ("\n", SURE), ("b", SURE), ("\n", SURE), ("c", UNSURE)), "a\nb"),
        ((("a", SURE), (" b\nc", SURE), (" d", UNSURE)), ""),
        ((), ""),
    ],
)
def test_a_suggestion_is_cut_at_its_last_confident_line(tokens: tuple[tuple[str, float], ...], shown: str) -> None:
    assert gate(*tokens) == shown


def test_a_threshold_of_zero_lets_everything_through() -> None:
    tokens = (TokenText("a", 0.0), TokenText("\nb", 0.0))
    assert confident_lines(tokens, 0.0) == tokens


@pytest.mark.parametrize(
    ("tokens", "doubt"),
    [
        ((("a", SURE), (" b", UNSURE), (" c", 0.1)), UNSURE),
        ((("\n", 0.0), ("a", UNSURE)), UNSURE),
        ((("a", SURE), ("\n", 0.0)), None),
        ((), None),
    ],
)
def test_the_first_unsure_token_is_the_doubt(tokens: tuple[tuple[str, float], ...], doubt: float | None) -> None:
    assert first_doubt(tuple(TokenText(*token) for token in tokens), 0.5) == doubt
