"""How good fills are: exact matches, parse rate, edit similarity, steps and seconds, beside trivial fills."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from statistics import mean, median

from diffgemma_lsp.evaluation.cases import Case, parses
from diffgemma_lsp.evaluation.interval import Interval, wilson
from diffgemma_lsp.fill import Fill, Filler, FillTask, Hole
from diffgemma_lsp.fill.events import HoleTokens
from diffgemma_lsp.fill.trimmed import trim_candidate


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case. `steps` and `seconds` are 0 for a trivial fill."""

    case: Case
    text: str
    confidence: float = 0.0
    steps: int = 0
    seconds: float = 0.0
    first_draft_seconds: float = 0.0
    tokens: HoleTokens = ()
    """What the text consists of, where a model wrote it."""

    @property
    def is_exact(self) -> bool:
        """Whether the text is the missing one, but for blanks at its end."""
        return self.text.rstrip() == self.case.middle.rstrip()

    @property
    def parses(self) -> bool:
        """Whether the whole module parses with the text in it."""
        return parses(self.case.prefix + self.text + self.case.suffix)

    @property
    def similarity(self) -> float:
        """Share of characters in common with the missing text, in [0, 1] (`difflib`'s ratio)."""
        return SequenceMatcher(None, self.text, self.case.middle, autojunk=False).ratio()


@dataclass(frozen=True, slots=True)
class Score:
    """Means over the outcomes of one kind of case; seconds are medians, intervals are of 95 %."""

    cases: int
    exact: float
    exact_interval: Interval
    parses: float
    similarity: float
    steps: float
    seconds: float
    first_draft_seconds: float

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Score:
        """Return the score of at least one outcome."""
        return cls(
            cases=len(outcomes),
            exact=mean(outcome.is_exact for outcome in outcomes),
            exact_interval=wilson(sum(outcome.is_exact for outcome in outcomes), len(outcomes)),
            parses=mean(outcome.parses for outcome in outcomes),
            similarity=mean(outcome.similarity for outcome in outcomes),
            steps=mean(outcome.steps for outcome in outcomes),
            seconds=median(outcome.seconds for outcome in outcomes),
            first_draft_seconds=median(outcome.first_draft_seconds for outcome in outcomes),
        )


def task_of(case: Case, seed: int) -> FillTask:
    """Return the task of a case without precedents."""
    pieces = tuple(piece for piece in (case.prefix, Hole(), case.suffix) if piece != "")
    return FillTask(pieces, language="python", path=case.path, seed=seed)


def fill_cases(
    filler: Filler, cases: Iterable[Case], seed: int, ask: Callable[[Case, int], FillTask] = task_of
) -> Iterator[Outcome]:
    """Yield what `filler` makes of each case, trimmed as the commands trim it; `ask` makes a task of it."""
    for case in cases:
        task = ask(case, seed)
        *_, fill = filler.fill(task)
        assert isinstance(fill, Fill)
        whole_file = case.prefix + case.middle + case.suffix
        best = trim_candidate(task, fill.candidates[0], ends_file_with_newline=whole_file.endswith("\n"))
        yield Outcome(
            case,
            best.texts[0],
            best.confidence,
            best.steps,
            fill.timings.total_seconds,
            fill.timings.first_draft_seconds,
            best.holes[0],
        )


def _previous_line(case: Case) -> str:
    """Return the last line before the hole's own that is not blank, from its first character on."""
    above = case.prefix.rpartition("\n")[0]
    return next((line.strip() for line in reversed(above.split("\n")) if line.strip()), "")


TRIVIAL_FILLS: dict[str, Callable[[Case], str]] = {
    "empty": lambda _: "",
    "pass": lambda _: "pass",
    "previous line": _previous_line,
}
"""What needs no model: whoever scores no better than these has learned nothing."""


def trivial_outcomes(name: str, cases: Iterable[Case]) -> list[Outcome]:
    """Return the outcomes of the fill `name` of `TRIVIAL_FILLS`, with the indentation that the hole begins with."""
    outcomes = []
    for case in cases:
        margin = case.middle[: len(case.middle) - len(case.middle.lstrip())]
        text = TRIVIAL_FILLS[name](case)
        outcomes.append(Outcome(case, margin + text if text else ""))
    return outcomes
