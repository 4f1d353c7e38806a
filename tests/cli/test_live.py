"""The colours of a settling canvas; that they reach a terminal is tested in one."""

import pytest

from diffgemma_lsp.cli.live import cut_to, render_draft
from diffgemma_lsp.fill import Draft, FillTask, Hole, TokenText

TASK = FillTask(("x = ", Hole(), "\n"))


def test_a_canvas_stands_under_its_step_and_confidence() -> None:
    rendered = render_draft(TASK, Draft(1, 8, ((TokenText("a", 0.5), TokenText(" + b", 0.5)),)))
    assert rendered.plain == "step 2/8  confidence 0.50\nx = a + b\n"


@pytest.mark.parametrize(
    ("confidence", "is_settled", "style"),
    [
        (0.95, True, "green"),
        (0.7, True, "cyan"),
        (0.4, True, "yellow"),
        (0.0, True, "red"),
        (0.7, False, "dim cyan"),
    ],
)
def test_a_token_is_colored_by_its_confidence_and_dim_until_it_settles(
    confidence: float, is_settled: bool, style: str
) -> None:
    rendered = render_draft(TASK, Draft(0, 8, ((TokenText("token", confidence, is_settled),),)))
    styles = {rendered.plain[span.start : span.end]: span.style for span in rendered.spans}
    assert styles["token"] == style


def test_given_text_has_no_color() -> None:
    rendered = render_draft(TASK, Draft(0, 8, ((TokenText("token", 0.5),),)))
    styled = [rendered.plain[span.start : span.end] for span in rendered.spans]
    assert styled == ["step 1/8  confidence 0.50\n", "token"]
    assert rendered.style == ""


def test_control_characters_of_a_model_are_shown_and_not_obeyed() -> None:
    assert "␛[2J" in render_draft(TASK, Draft(0, 8, ((TokenText("\x1b[2J", 0.5),),))).plain


def long_draft(settled: int) -> Draft:
    """Return a draft of twenty lines, of which so many have settled."""
    return Draft(0, 8, (tuple(TokenText(f"line {n}\n", 0.5, n < settled) for n in range(20)),))


@pytest.mark.parametrize(
    ("settled", "shown"),
    [
        (0, ["x = line 0", *(f"line {n}" for n in range(1, 7))]),
        (10, [f"line {n}" for n in range(7, 14)]),
        (20, ["line 15", "line 16", "line 17", "line 18", "line 19", "", ""]),
    ],
)
def test_a_low_terminal_shows_what_settles_next(settled: int, shown: list[str]) -> None:
    cut = cut_to(render_draft(TASK, long_draft(settled)), width=80, height=8)
    head, *lines = cut.plain.split("\n")
    assert head.startswith("step 1/8")
    assert lines == shown


def test_a_line_that_is_too_wide_counts_as_the_lines_that_it_takes() -> None:
    tokens = TokenText("a" * 200 + "\n", 0.5), TokenText("hole\n", 0.5, is_settled=False), TokenText("b" * 200, 0.5)
    rendered = render_draft(FillTask((Hole(),)), Draft(0, 8, (tokens,)))
    assert cut_to(rendered, width=80, height=8).plain.split("\n")[1:] == ["a" * 200, "hole", "b" * 200]
    assert cut_to(rendered, width=80, height=7).plain.split("\n")[1:] == ["a" * 200, "hole"]


def test_colors_survive_a_cut() -> None:
    cut = cut_to(render_draft(TASK, long_draft(10)), width=80, height=3)
    styles = {cut.plain[span.start : span.end].strip(): span.style for span in cut.spans}
    assert styles["line 10"] == "dim yellow"


def test_a_draft_without_a_token_is_shown_from_its_start() -> None:
    assert cut_to(render_draft(TASK, Draft(0, 8, ((),))), width=80, height=8).plain.endswith("\nx = \n")
