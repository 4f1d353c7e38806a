from __future__ import annotations

import ast
from collections.abc import Generator

import pytest

from diffgemma_lsp.checkup.cases import KNOWN_CASES, KnownCase, fill_known_cases
from diffgemma_lsp.fill import Candidate, Event, Fill, FillTask, Timings, TokenText


class Knowing:
    """Answers what each case wants, with a blank in front."""

    name = "knowing"
    follows_instructions = False

    def fill(self, task: FillTask) -> Generator[Event, None, None]:
        (case,) = (case for case in KNOWN_CASES if case.prefix == task.pieces[0])
        tokens = (TokenText(f" {case.answers[0]}", 1.0),)
        candidate = Candidate((tokens,), confidence=1.0, score=0.0, steps=1, stopped="stable")
        yield Fill((candidate,), Timings(0, 0, 0, 0, 0, 0), self.name, self.follows_instructions)


def test_there_are_twenty_cases_in_several_languages() -> None:
    assert len(KNOWN_CASES) == 20
    assert len({case.prefix for case in KNOWN_CASES}) == 20
    assert len({case.language for case in KNOWN_CASES}) > 3


def test_who_knows_the_answers_is_right_everywhere() -> None:
    assert all(fill_known_cases(Knowing()))


@pytest.mark.parametrize(
    "case", [case for case in KNOWN_CASES if case.language == "python"], ids=lambda case: case.answers[0]
)
def test_each_answer_makes_the_code_whole(case: KnownCase) -> None:
    blank = "" if case.prefix[-1] in '[." \n' else " "
    for answer in case.answers:
        ast.parse(f"{case.prefix}{blank}{answer}{case.suffix}")
