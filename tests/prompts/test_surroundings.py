from __future__ import annotations

import pytest

from diffgemma_lsp.prompts.surroundings import Place, Surroundings
from diffgemma_lsp.prompts.tokenizer import Tokenizer
from tests.vocabularies import gemma_tokenizer, starter_tokenizer

RAW = starter_tokenizer()


def tokens_before(text: str) -> int:
    return len(RAW.encode(text))


@pytest.mark.parametrize("tokenizer", [RAW, gemma_tokenizer()], ids=["raw", "chat"])
def test_a_document_parses_with_some_fills_and_not_with_others(tokenizer: Tokenizer) -> None:
    encode = tokenizer.encode
    around = Surroundings(("a = ", "\nb = ", "\n"), "python", tokenizer)
    assert around.first_error([encode("1"), encode("f(a)")]) is None
    assert around.first_error([encode("1"), encode("f(a) )")]) is not None
    anything = Surroundings(("a = ", "\nb = ", "\n"), "", tokenizer)
    assert anything.first_error([encode("("), encode("")]) is None


@pytest.mark.parametrize(
    ("fills", "place"),
    [
        (("self.items None", "1"), Place(0, tokens_before("self.items"))),
        (("1", "self.items None"), Place(1, tokens_before("self.items"))),
    ],
)
def test_an_error_is_a_token_of_a_hole(fills: tuple[str, str], place: Place) -> None:
    around = Surroundings(("if ", ":\n    pass\nif ", ":\n    pass\n"), "python", RAW)
    assert around.first_error([RAW.encode(fill) for fill in fills]) == place


def test_what_is_wrong_around_the_holes_is_before_the_first_or_at_the_end_of_the_one_before() -> None:
    one = RAW.encode("f(1)")
    for texts, place in (
        (("x = (0,\na = ", "\nb = ", "\n"), Place(0, 0)),
        (("a = ", "\nx = = 0\nb = ", "\n"), Place(0, len(one))),
        (("a = ", "\nif ", " c:\n    pass\n"), Place(1, len(one))),
    ):
        assert Surroundings(texts, "python", RAW).first_error([one, one]) == place


def test_an_error_in_a_character_of_several_tokens_is_at_one_of_them() -> None:
    ids = RAW.encode("'€' €")
    place = Surroundings(("if ", ":\n    pass\n"), "python", RAW).first_error([ids])
    assert place is not None
    assert len(RAW.encode("'€'")) <= place.token < len(ids)


def test_the_line_of_the_first_hole_ends_where_it_begins() -> None:
    assert Surroundings(("a = 1\n    b = ", "\n"), "", RAW).line == "    b = "
    assert Surroundings(("b", ""), "", RAW).line == "b"
