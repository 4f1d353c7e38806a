"""The looks of a settling grid; that it settles is tested where it is denoised."""

import io

from diffgemma_lsp.cli.grids import LEGEND, render, show
from diffgemma_lsp.training.sudoku.watching import Frame, Mark
from tests.sudoku.puzzles import SOLUTION

MARKS = (Mark.CLUE, Mark.ACCEPTED, Mark.RENOISED, *[Mark.OPEN] * 78)
FRAME = Frame(4, SOLUTION, MARKS)


def test_a_grid_stands_under_its_step_and_says_what_each_cell_is() -> None:
    head, first, *rest = render(FRAME).plain.split("\n")
    assert head == "step 5  accepted 1  taken back 1  open 78  in conflict 0"
    assert first == "6 1'7!| 9?5?8?| 3?2?4?"
    assert rest[2] == "------+-------+------"
    assert rest[-1] == LEGEND


def test_a_digit_that_is_taken_back_stands_out() -> None:
    rendered = render(FRAME)
    styles = {rendered.plain[span.start : span.end]: span.style for span in rendered.spans}
    assert styles["7!"] == "bold white on red"
    assert styles["1'"] == "green"
    assert styles["6 "] == "bold"


def test_a_file_gets_every_step_and_the_last_grid_comes_back() -> None:
    stream = io.StringIO()
    assert show([FRAME, Frame(5, SOLUTION, MARKS)], stream) == SOLUTION
    assert stream.getvalue().count(LEGEND) == 2
    assert "step 6" in stream.getvalue()
