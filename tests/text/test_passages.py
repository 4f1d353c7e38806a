"""Which passages of other documents have to do with a text."""

from __future__ import annotations

import pytest

from diffgemma_lsp.text.passages import Passage, most_similar, names_in, passages_of

SHAPES = "".join(f"def area_{n}(shape):\n    return shape.width * shape.height\n\n\n" for n in range(100))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a = foo(bar_1, 'baz')", {"foo", "bar_1", "baz"}),
        ("x1 yy 123abc 9", set()),
        ("größe.berechne()", {"größe", "berechne"}),
        ("", set()),
    ],
)
def test_names_are_words_of_three_letters_or_more(text: str, names: set[str]) -> None:
    assert names_in(text) == names


@pytest.mark.parametrize("text", [SHAPES, "x" * 5000, "", "\n" * 3000, "a\n" * 2000, "kurz\n", "{\n" * 1500])
def test_passages_are_the_document_in_order_without_its_blank_parts(text: str) -> None:
    passages = passages_of("a.py", text)
    assert "".join(passage.text for passage in passages) in (text, text.strip())
    assert all(0 < len(passage.text) <= 1200 and passage.path == "a.py" for passage in passages)


def test_passages_begin_with_a_definition_where_they_can() -> None:
    assert all(passage.text.startswith("def area_") for passage in passages_of("a.py", SHAPES))


def passage(text: str) -> Passage:
    return Passage("a.py", text, names_in(text))


@pytest.mark.parametrize(
    ("text", "others", "found"),
    [
        ("shape.width", ["shape.width = 1", "colour = red"], ["shape.width = 1"]),
        ("shape.width", ["width = shape + lots + more", "shape.width"], ["shape.width", "width = shape + lots + more"]),
        ("shape", ["colour", "red"], []),
        ("shape", ["shape " + " ".join(f"name{n}" for n in range(30))], []),
        ("", ["shape", ""], []),
        ("shape", ["shape(1)", "shape(2)"], ["shape(1)", "shape(2)"]),
    ],
)  # fmt: skip
def test_the_passages_that_share_most_names_come_first(text: str, others: list[str], found: list[str]) -> None:
    ranked = most_similar(names_in(text), map(passage, others), 1000)
    assert [passage.text for passage in ranked] == found


@pytest.mark.parametrize(("budget", "count"), [(0, 0), (7, 0), (8, 1), (15, 1), (16, 2), (100, 3)])
def test_no_more_is_found_than_the_budget_allows(budget: int, count: int) -> None:
    assert len(most_similar(names_in("shape"), [passage("shape(1)")] * 3, budget)) == count
