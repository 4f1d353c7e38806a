"""What is left of a suggestion that is typed through."""

from __future__ import annotations

import pytest

from diffgemma_lsp.text.typed import untyped_rest


@pytest.mark.parametrize(
    ("typed", "closed", "rest"),
    [
        ("", "", "f(a)"),
        ("f", "", "(a)"),
        ("f(", "", "a)"),
        ("f(", ")", "a"),
        ("f(a)", "", ""),
        ("g", "", None),
        ("f(a) ", "", None),
        ("f(", "]", None),
        ("f", "x", None),
        ("", ")", None),
    ],
)
def test_what_is_not_typed_yet_is_left(typed: str, closed: str, rest: str | None) -> None:
    assert untyped_rest("f(a)", typed, closed) == rest
