"""What is remembered of suggestions, and for which cursors it holds."""

from __future__ import annotations

import pytest

from diffgemma_lsp.lsp.suggestions import Cursor, Suggestions

LONG = "line = 1\n" * 10_000


def cursor(prefix: str, suffix: str = "\n", uri: str = "file:///a.py") -> Cursor:
    return Cursor(uri, prefix, suffix)


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (cursor("x = "), ("one + two", "one")),
        (cursor("x = on"), ("e + two", "e")),
        (cursor("x = one"), (" + two",)),
        (cursor("x = one + "), ("two",)),
        (cursor("x = one + two"), None),
        (cursor("x = two"), None),
        (cursor("x ="), None),
        (cursor("y = "), None),
        (cursor("x = ", "\nmore"), None),
        (cursor("x = ", uri="file:///b.py"), None),
    ],
)
def test_what_is_typed_shifts_what_is_left(now: Cursor, left: tuple[str, ...] | None) -> None:
    suggestions = Suggestions()
    suggestions.remember("automatic", cursor("x = "), ["one + two", "one"])
    assert suggestions.recall("automatic", now) == left


def test_a_bracket_that_the_editor_closed_is_not_left() -> None:
    suggestions = Suggestions()
    suggestions.remember("automatic", cursor("x = "), ["f(a)"])
    assert suggestions.recall("automatic", cursor("x = f(", ")\n")) == ("a",)


def test_that_there_was_nothing_to_suggest_holds_for_the_same_cursor() -> None:
    suggestions = Suggestions()
    suggestions.remember("automatic", cursor("x = "), [])
    assert suggestions.recall("automatic", cursor("x = ")) == ()
    assert suggestions.recall("automatic", cursor("x = o")) is None


def test_what_was_asked_for_serves_who_only_types_but_not_the_other_way_round() -> None:
    suggestions = Suggestions()
    suggestions.remember("explicit", cursor("x = "), ["one", "two"])
    suggestions.remember("automatic", cursor("y = "), ["one"])
    assert suggestions.recall("automatic", cursor("x = ")) == ("one", "two")
    assert suggestions.recall("explicit", cursor("y = ")) is None


def test_the_newest_answer_for_a_cursor_takes_the_place_of_the_older() -> None:
    suggestions = Suggestions()
    suggestions.remember("automatic", cursor("x = "), ["one"])
    suggestions.remember("automatic", cursor("x = "), ["two"])
    assert suggestions.recall("automatic", cursor("x = ")) == ("two",)
    assert suggestions.recall("automatic", cursor("x = o")) is None


def test_what_was_not_used_for_longest_is_forgotten_first() -> None:
    suggestions = Suggestions()
    for number in range(64):
        suggestions.remember("automatic", cursor(f"{number} "), ["one"])
    assert suggestions.recall("automatic", cursor("0 on")) == ("e",)
    suggestions.remember("automatic", cursor("new "), ["one"])
    assert suggestions.recall("automatic", cursor("0 ")) == ("one",)
    assert suggestions.recall("automatic", cursor("1 ")) is None


def test_what_is_remembered_of_a_long_document_is_short() -> None:
    suggestions = Suggestions()
    suggestions.remember("automatic", cursor(LONG, LONG), ["one"])
    assert suggestions.recall("automatic", cursor(f"{LONG}o", LONG)) == ("ne",)
    assert suggestions.recall("automatic", cursor(f"y{LONG}", LONG)) is None
    assert suggestions.recall("automatic", cursor(LONG, f"y{LONG}")) is None
    (entry,) = suggestions._entries
    assert len(entry.place.prefix_end) + len(entry.place.suffix_start) <= 8000
