"""`python -m diffgemma_lsp.fitting.precedents [MODEL] --corpus DIR`: fit how a checkpoint weighs precedents.

Holes are cut into the validation packages, and each is filled with the rest of its package as its repository. Every
answer that the engine considers (each precedent as it is and revised, each line that the encoder writes, and each fill
from noise) is one observation: what is known of it, and whether it is the missing text. A logistic model for each of
these origins is fitted to them. Where no revised precedent was right, the engine is told to revise none, and what its
decoder makes of precedents counts for nothing. The section `precedents` of the checkpoint's profile is printed, or
written into a profile.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.evaluation.cases import Case
from diffgemma_lsp.evaluation.repositories import Repositories, line_cases
from diffgemma_lsp.fill import Fill
from diffgemma_lsp.fitting.command import Command
from diffgemma_lsp.fitting.odds import Judged, fit
from diffgemma_lsp.infilling.filler import DiffusionFiller
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.loading import load_model
from diffgemma_lsp.prompts.calibration import ORIGINS, Calibration, Features, Origin, probability

_LOOKS, _ROWS, _DOUBT = 12, 2, 0.5
# A precedent or a written line that is likelier than so many of all fills from noise, and of all revised precedents
# where the engine makes them, is shown without asking for them.
_SURE_OF = 0.95
_HEAD = "# How precedents are weighed,"


@dataclass(slots=True)
class _Recorder:
    """Odds that prefer nothing, and remember what they were asked about."""

    seen: dict[str, Features] = field(default_factory=dict)

    def log_odds(self, features: Features) -> float:
        """Remember the features of an answer, which are other ones whenever there are more answers: the last count."""
        self.seen[features.text] = features
        return -1.0


def observe(model: str, cases: Sequence[Case], repositories: Repositories) -> Iterator[Mapping[Origin, list[Judged]]]:
    """Yield, for each case, every answer that the engine considers, by its origin."""
    loaded = load_model(model, lambda _: None)
    backend = TransformersBackend(loaded.model)
    for number, case in enumerate(cases):
        recorders: dict[Origin, _Recorder] = {origin: _Recorder() for origin in ORIGINS}
        asking = replace(loaded.profile, precedents=Calibration(_LOOKS, _ROWS, _DOUBT, 1.0, recorders))
        filler = DiffusionFiller(backend, loaded.tokenizer, asking, loaded.name)
        *_, fill = filler.fill(repositories.task(case, seed=number))
        assert isinstance(fill, Fill)
        yield {
            origin: [
                Judged(features, features.text.rstrip() == case.middle.rstrip()) for features in recorder.seen.values()
            ]
            for origin, recorder in recorders.items()
        }


def section(found: Sequence[Mapping[Origin, Sequence[Judged]]]) -> str:
    """Return a profile's section for what was observed, case by case."""
    answers = {origin: [judged for case in found for judged in case[origin]] for origin in ORIGINS}
    rows = _ROWS if any(judged.is_right for judged in answers["revised"]) else 0
    if rows == 0:
        unseen: tuple[Origin, ...] = ("copied", "between")
        answers |= {origin: list(map(_unseen, answers[origin])) for origin in unseen}
    weights = {origin: fit(judged) for origin, judged in answers.items()}
    asked_for: tuple[Origin, ...] = ("revised", "noise") if rows else ("noise",)
    others = sorted(
        probability(weights[origin].log_odds(judged.features)) for origin in asked_for for judged in answers[origin]
    )
    sure = others[int(_SURE_OF * len(others))]
    lines = [f"{_HEAD} fitted on {len(found)} holes in validation packages by diffgemma_lsp.fitting.precedents."]
    lines += ["[precedents]", f"looks = {_LOOKS}", f"rows = {rows}", f"doubt = {_DOUBT}", f"sure = {sure:.3f}"]
    for origin, judged in answers.items():
        right = sum(answer.is_right for answer in judged)
        lines += ["", f"[precedents.{origin}]  # {len(judged)} answers, {right} of them right"]
        lines += [f"{name} = {value}" for name, value in asdict(weights[origin]).items()]
    return "\n".join((*lines, ""))


def _unseen(judged: Judged) -> Judged:
    """Return what is known of a precedent that the decoder does not see."""
    return replace(judged, features=replace(judged.features, confidence=0.0))


def _fit(model: str, modules: Sequence[Module], count: int) -> str:
    cases = list(line_cases(modules, count, seed=1))
    return section(list(observe(model, cases, Repositories(modules))))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit code."""
    return Command("diffgemma_lsp.fitting.precedents", __doc__, _HEAD, 200, _fit).run(arguments)


if __name__ == "__main__":
    sys.exit(main())
