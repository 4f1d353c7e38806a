from __future__ import annotations

from diffgemma_lsp.text.precedents.around import LINES, Around


def test_blank_lines_do_not_count_and_the_nearest_comes_first() -> None:
    around = Around.of("one\n\ntwo\n  \n  typed ", " rest\n\nthree\nfour")
    assert around == Around(("two", "one"), "  typed ", " rest", ("three", "four"))


def test_only_so_many_lines_count() -> None:
    around = Around.of("before\n" * 99, "after\n" * 99)
    assert len(around.before) == len(around.after) == LINES


def test_nothing_around_a_hole_is_nothing() -> None:
    assert Around.of("", "") == Around((), "", "", ())
