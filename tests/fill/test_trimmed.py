"""Candidates trimmed against the rest of their document."""

import pytest

from diffgemma_lsp.fill import Candidate, FillTask, Hole, TokenText
from diffgemma_lsp.fill.trimmed import trim_candidate


def candidate(*holes: list[str]) -> Candidate:
    tokens = tuple(tuple(TokenText(text, 0.1 * (place + 1)) for place, text in enumerate(hole)) for hole in holes)
    return Candidate(tokens, confidence=0.5, score=-1.0, steps=4, stopped="stable")


def test_confidences_stay_with_the_text_that_is_left() -> None:
    task = FillTask(("x = f(", Hole(), ")\n"))
    after = trim_candidate(task, candidate(["x = f(", "a", ")"]), ends_file_with_newline=True)
    assert after.holes == ((TokenText("a", 0.2),),)
    assert after.confidence == pytest.approx(0.2)


def test_each_hole_is_trimmed_against_the_other_fills() -> None:
    task = FillTask(("x = f(", Hole(), ")\ny = g(", Hole(), ")\n"))
    after = trim_candidate(task, candidate(["a", ")\n", "y = g(b)"], ["b", ")"]), ends_file_with_newline=True)
    assert after.texts == ("a", "b")


def test_the_rest_of_a_candidate_stays() -> None:
    after = trim_candidate(FillTask((Hole(),)), candidate(["a"]), ends_file_with_newline=False)
    assert (after.score, after.steps, after.stopped) == (-1.0, 4, "stable")


def test_only_a_hole_at_the_end_gets_the_last_line_end() -> None:
    task = FillTask((Hole(), " = 1\n", Hole()))
    assert trim_candidate(task, candidate(["a"], ["b"]), ends_file_with_newline=True).texts == ("a", "b\n")


def test_the_indentation_is_that_of_the_fixed_text() -> None:
    task = FillTask(("if a:\n\tb()\n\tc()\n", Hole("if d:\n    e()"), "\n"))
    after = trim_candidate(task, candidate(["if", " f:", "\n    ", "g()"]), ends_file_with_newline=True)
    assert after.texts == ("if f:\n\tg()",)
