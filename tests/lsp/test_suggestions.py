"""What is remembered of suggestions, and for which cursors it holds."""

from __future__ import annotations

import pytest

from diffgemma_lsp.lsp.engine import FillKind
from diffgemma_lsp.lsp.suggestions import Cursor, Suggested, Suggestions

LONG = "line = 1\n" * 10_000


def cursor(prefix: str, suffix: str = "\n", uri: str = "file:///a.py") -> Cursor:
    return Cursor(uri, prefix, suffix)


def suggested(*texts: str) -> Suggested:
    return Suggested(texts)


def recalled(suggestions: Suggestions, kind: FillKind, now: Cursor) -> tuple[str, ...] | None:
    found = suggestions.recall(kind, now)
    return found if found is None else found.texts


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
    suggestions.remember("automatic", cursor("x = "), suggested("one + two", "one"))
    assert recalled(suggestions, "automatic", now) == left


def test_a_bracket_that_the_editor_closed_is_not_left() -> None:
    suggestions = Suggestions()
    suggestions.remember("automatic", cursor("x = "), suggested("f(a)"))
    assert recalled(suggestions, "automatic", cursor("x = f(", ")\n")) == ("a",)


def test_that_there_was_nothing_to_suggest_holds_for_the_same_cursor() -> None:
    suggestions = Suggestions()
    suggestions.remember("automatic", cursor("x = "), suggested())
    assert recalled(suggestions, "automatic", cursor("x = ")) == ()
    assert recalled(suggestions, "automatic", cursor("x = o")) is None


def test_why_nothing_was_suggested_is_remembered_with_it() -> None:
    suggestions = Suggestions()
    held_back = Suggested(doubt=0.2)
    suggestions.remember("automatic", cursor("x = "), held_back)
    assert suggestions.recall("automatic", cursor("x = ")) == held_back


def test_what_was_asked_for_serves_who_only_types_but_not_the_other_way_round() -> None:
    suggestions = Suggestions()
    suggestions.remember("explicit", cursor("x = "), suggested("one", "two"))
    suggestions.remember("automatic", cursor("y = "), suggested("one"))
    assert recalled(suggestions, "automatic", cursor("x = ")) == ("one", "two")
    assert recalled(suggestions, "explicit", cursor("y = ")) is None


def test_the_newest_answer_for_a_cursor_takes_the_place_of_the_older() -> None:
    suggestions = Suggestions()
    suggestions.remember("automatic", cursor("x = "), suggested("one"))
    suggestions.remember("automatic", cursor("x = "), suggested("two"))
    assert recalled(suggestions, "automatic", cursor("x = ")) == ("two",)
    assert recalled(suggestions, "automatic", cursor("x = o")) is None


def test_what_was_not_used_for_longest_is_forgotten_first() -> None:
    suggestions = Suggestions()
    for number in range(64):
        suggestions.remember("automatic", cursor(f"{number} "), suggested("one"))
    assert recalled(suggestions, "automatic", cursor("0 on")) == ("e",)
    suggestions.remember("automatic", cursor("new "), suggested("one"))
    assert recalled(suggestions, "automatic", cursor("0 ")) == ("one",)
    assert recalled(suggestions, "automatic", cursor("1 ")) is None


def test_what_is_remembered_of_a_long_document_is_short() -> None:
    suggestions = Suggestions()
    suggestions.remember("automatic", cursor(LONG, LONG), suggested("one"))
    assert recalled(suggestions, "automatic", cursor(f"{LONG}o", LONG)) == ("ne",)
    assert recalled(suggestions, "automatic", cursor(f"y{LONG}", LONG)) is None
    assert recalled(suggestions, "automatic", cursor(LONG, f"y{LONG}")) is None
    (entry,) = suggestions._entries
    assert len(entry.place.prefix_end) + len(entry.place.suffix_start) <= 8000
