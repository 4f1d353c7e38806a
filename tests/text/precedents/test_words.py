from __future__ import annotations

import pytest

from diffgemma_lsp.text.precedents.words import parts_of, tokens_of, words_of


def test_the_words_of_a_line_are_its_names_and_numbers() -> None:
    assert words_of("  if foo_1(x, 22) == 'é':") == {"if", "foo_1", "x", "22", "é"}


@pytest.mark.parametrize("text", ["", "a  b\t(c)\n", "x1 += 'é→';", "__init__\u2028y"])
def test_tokens_joined_are_the_text(text: str) -> None:
    assert "".join(tokens_of(text)) == text


@pytest.mark.parametrize(
    ("name", "parts"),
    [("_find_HTTPError2", ["_", "find", "_", "HTTP", "Error", "2"]), ("größe", ["gr", "öß", "e"]), ("ID", ["ID"])],
)
def test_the_parts_of_a_name_joined_are_the_name(name: str, parts: list[str]) -> None:
    assert parts_of(name) == parts
    assert "".join(parts) == name
