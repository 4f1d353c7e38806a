from __future__ import annotations

import ast
import random

import pytest

from diffgemma_lsp.corpus.cuts import LONGEST, SHARES, Cut, Kind, cut

TEXT = '''\
import os

def first(path, *, deep=False):
    """Say it."""
    if deep:
        names = sorted(os.listdir(path), key=len)

        return [name for name in names if name]
    return None

class Second:
    limit = {"a": (1, 2), "b": []}
'''


def cuts_of(kind: Kind) -> list[Cut]:
    tries = (cut(TEXT, seed % len(TEXT), random.Random(seed), kind) for seed in range(400))
    return [found for found in tries if found is not None]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_cut_is_a_span_of_the_text_that_holds_more_than_space(kind: Kind) -> None:
    found = cuts_of(kind)
    assert len(found) > 40
    for one in found:
        assert 0 <= one.start < one.end <= len(TEXT)
        assert one.end - one.start <= LONGEST
        assert TEXT[one.start : one.end].strip()
        assert one.kind is kind


@pytest.mark.parametrize("kind", list(Kind))
def test_the_same_seed_gives_the_same_cut(kind: Kind) -> None:
    assert cuts_of(kind) == cuts_of(kind)


def test_lines_are_cut_whole() -> None:
    for one in cuts_of(Kind.LINES):
        before = TEXT[: one.start].rpartition("\n")[2]
        assert not before.strip() or TEXT[one.start] == "\n"
        assert TEXT[one.end - 1] == "\n" or TEXT[one.end : one.end + 1] in {"\n", ""}


def test_the_rest_of_a_line_ends_with_its_line() -> None:
    for one in cuts_of(Kind.REST_OF_LINE):
        assert "\n" not in TEXT[one.start : one.end]
        assert TEXT[one.end] == "\n"


def test_a_block_is_all_that_is_indented_under_its_head() -> None:
    for one in cuts_of(Kind.BLOCK):
        filled = TEXT[: one.start] + TEXT[one.start : one.end] + TEXT[one.end :]
        emptied = f"{TEXT[: one.start].rstrip()} pass\n{TEXT[one.end :].lstrip(chr(10))}"
        assert filled == TEXT
        ast.parse(emptied)


def test_an_expression_in_brackets_is_balanced() -> None:
    for one in cuts_of(Kind.EXPRESSION):
        inside = TEXT[one.start : one.end]
        assert all(inside.count(opening) == inside.count(closing) for opening, closing in ("()", "[]", "{}"))


def test_spans_begin_and_end_inside_words_too() -> None:
    inside = [one for one in cuts_of(Kind.SPAN) if TEXT[one.start - 1 : one.start + 1].isalpha()]
    assert len(inside) > 40


def test_every_kind_is_drawn_in_training() -> None:
    drawn = [cut(TEXT, seed % len(TEXT), random.Random(seed)) for seed in range(600)]
    assert {one.kind for one in drawn if one} == set(SHARES)


def test_there_is_no_block_in_text_without_one() -> None:
    assert cut("a = 1\nb = 2\n", 0, random.Random(0), Kind.BLOCK) is None


def test_there_is_no_expression_without_its_closing_bracket() -> None:
    assert cut("f(a, b\n", 0, random.Random(0), Kind.EXPRESSION) is None
