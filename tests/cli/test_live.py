"""The colours of a settling canvas; that they reach a terminal is tested in one."""

import pytest

from diffgemma_lsp.cli.live import render_draft
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
