"""Drafts and progress in words."""

import pytest

from diffgemma_lsp.cli.drafts import draft_line, draft_region, progress_line
from diffgemma_lsp.fill import Draft, FillTask, Hole, Progress, TokenText


def draft(*texts: str, confidence: float = 0.5) -> Draft:
    return Draft(2, 24, tuple((TokenText(text, confidence),) if text else () for text in texts))


@pytest.mark.parametrize(
    ("progress", "line"),
    [
        (Progress("loading", 0, 1), "loading the model"),
        (Progress("loading", 1_048_576, 4_532_236), "loading the model, 23 %"),
        (Progress("prefill", 512, 2048), "reading the prompt 512/2048"),
        (Progress("denoising", 1, 8), "denoising 1/8"),
    ],
)
def test_a_stage_is_counted_where_it_can_be(progress: Progress, line: str) -> None:
    assert progress_line(progress) == line


def test_a_draft_is_one_line() -> None:
    assert draft_line(draft("  return x\n"), 80) == "step 3/24  0.50  return x"
    assert draft_line(draft("a\n  b", "c"), 80) == "step 3/24  0.50  a⏎  b ⋯ c"
    assert draft_line(draft(""), 80) == "step 3/24  0.00"


def test_a_long_line_is_cut() -> None:
    assert draft_line(draft("x" * 100), 30) == "step 3/24  0.50  xxxxxxxxxxxx…"


def region(pieces: tuple[str | Hole, ...], *texts: str) -> str:
    return "".join(text for text, _ in draft_region(FillTask(pieces), draft(*texts)))


def test_a_region_shows_three_lines_on_each_side() -> None:
    before = "".join(f"b{number}\n" for number in range(9))
    after = "".join(f"\na{number}" for number in range(9))
    assert region((before + "x = ", Hole(), after), "1") == "b6\nb7\nb8\nx = 1\na0\na1\na2"


def test_a_long_text_between_holes_is_left_out() -> None:
    between = "".join(f"\nm{number}" for number in range(20)) + "\ny = "
    shown = region(("x = ", Hole(), between, Hole(), "\n"), "1", "2")
    assert shown == "x = 1\nm0\nm1\nm2\n⋯\nm17\nm18\nm19\ny = 2\n"


def test_a_short_text_between_holes_is_shown_whole() -> None:
    assert region(("f(", Hole(), ",\n", Hole(), ")"), "1", "2") == "f(1,\n2)"


def test_a_region_keeps_its_tokens() -> None:
    runs = draft_region(FillTask(("x = ", Hole(), "\n")), draft("1"))
    assert runs == [("x = ", None), ("1", TokenText("1", 0.5)), ("\n", None)]
