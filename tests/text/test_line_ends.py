"""Line ends come off and go back on."""

import re
from itertools import accumulate

import pytest

from diffgemma_lsp.text import Edit, Span, apply_edits
from diffgemma_lsp.text.line_ends import edit_line_ends, join_line_ends, line_start, split_line_ends, usual_line_end


@pytest.mark.parametrize("raw", ["", "a", "a\r\nb", "\n\r\n\r", "a\r\r\nb\n", "a\n\rb"])
def test_what_was_split_joins_again(raw: str) -> None:
    text, ends = split_line_ends(raw)
    assert "\r" not in text
    assert text.count("\n") == len(ends)
    assert join_line_ends(text, ends) == raw


@pytest.mark.parametrize("raw", ["", "a", "a\nb\n", "a\r\nb", "\n\r\n\r", "a\r\r\nb\n", "a\n\rb", "a\x0bb\u2028\nc"])
def test_a_line_starts_after_the_line_end_before_it(raw: str) -> None:
    lines = re.split(r"(?<=\r\n)|(?<=\r)(?!\n)|(?<=\n)(?<!\r\n)", raw)
    starts = [line_start(raw, line) for line in range(len(lines) + 2)]
    assert starts == [*accumulate(map(len, lines[:-1]), initial=0), None, None]


def test_other_separators_are_no_line_ends() -> None:
    raw = "a\x0bb\x0cc\x1cd\x85e\u2028f"
    assert split_line_ends(raw) == (raw, ())


@pytest.mark.parametrize(
    ("ends", "usual"),
    [((), "\n"), (("\r\n", "\n", "\r\n"), "\r\n"), (("\r", "\n"), "\r"), (("\n", "\r\n", "\n"), "\n")],
)
def test_the_usual_line_end_is_the_most_frequent_one(ends: tuple[str, ...], usual: str) -> None:
    assert usual_line_end(ends) == usual


def edited(raw: str, *edits: Edit) -> str:
    text, ends = split_line_ends(raw)
    return join_line_ends(apply_edits(text, edits), edit_line_ends(text, ends, edits))


def test_added_lines_get_the_usual_line_end() -> None:
    assert edited("a\r\nb\r\nc\n", Edit(Span(1, 1), "\nx\ny")) == "a\r\nx\r\ny\r\nb\r\nc\n"


def test_lines_around_an_edit_keep_their_own_line_ends() -> None:
    assert edited("a\nb\rc\r\nd\r\ne", Edit(Span(4, 5), "C1\nC2")) == "a\nb\rC1\r\nC2\r\nd\r\ne"


def test_lines_that_a_rewrite_leaves_alone_keep_their_own_line_ends() -> None:
    raw = "a\r\nb\nc\rd\r\ne\r\n"
    assert edited(raw, Edit(Span(0, 9), "a\nnew\nb\nc\nd!\ne")) == "a\r\nnew\r\nb\nc\rd!\r\ne\r\n"


def test_a_line_that_a_rewrite_changes_keeps_its_line_end() -> None:
    assert edited("a\nb\r\nc\r\nd\r\n", Edit(Span(0, 5), "A\nB\nC")) == "A\nB\r\nC\r\nd\r\n"


def test_several_edits_count_their_lines_from_the_text_before_them() -> None:
    raw = "a\r\nb\nc\r\nd\ne\r\n"
    edits = (Edit(Span(0, 3), "ab"), Edit(Span(6, 6), "x\n"))
    assert edited(raw, *edits) == "ab\nc\r\nx\r\nd\ne\r\n"
