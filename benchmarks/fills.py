"""Whole fills: seconds from a task to its answer, and what denoising alone and left to right make of the same weights.

The cases are lines of this project's own source, which no checkpoint has seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean, median

from benchmarks.report import Row, under
from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.evaluation.cases import Case, sample_cases
from diffgemma_lsp.evaluation.left_to_right import LeftToRightFiller
from diffgemma_lsp.evaluation.outcomes import Outcome, Score, fill_cases
from diffgemma_lsp.evaluation.repositories import Repositories
from diffgemma_lsp.fill import Filler
from diffgemma_lsp.infilling.filler import DiffusionFiller
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.loading import LoadedModel
from diffgemma_lsp.prompts.profile import ModelProfile

PACKAGE = Path(__file__).resolve().parent.parent / "diffgemma_lsp"


def measure(loaded: LoadedModel, cases: int) -> Iterator[Row]:
    """Yield latency of single lines, then speed and quality of fills, and of both directions by themselves."""
    modules = [
        Module("diffgemma-lsp", path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    ]
    sample = sample_cases(modules, cases, seed=0)
    lines = [case for case in sample if case.kind == "line"]
    filler = _filler(loaded, loaded.profile)
    alone = replace(loaded.profile, sampling=replace(loaded.profile.sampling, beams=0))
    ways: dict[str, Filler] = {
        "fill": filler,
        "denoising alone": _filler(loaded, alone),
        "left to right": LeftToRightFiller(loaded.model, loaded.tokenizer, loaded.profile, loaded.name),
    }

    outcomes = list(fill_cases(filler, lines, seed=0))
    yield under("single line", "median fill, fresh prompt", median(o.seconds for o in outcomes), 0.3, "s")
    yield under(
        "single line", "median first draft, fresh prompt", median(o.first_draft_seconds for o in outcomes), 0.1, "s"
    )
    yield Row("single line", "mean steps", mean(o.steps for o in outcomes), "steps")
    if loaded.profile.precedents is not None:
        repositories = Repositories(modules)
        seconds = [_in_an_editor(loaded, case, repositories) for case in lines]
        yield under("single line", "median fill with precedents, prompt read before", median(seconds), 0.3, "s")
    for name, way in ways.items():
        yield from _directions(name, way, sample, loaded)


def _filler(loaded: LoadedModel, profile: ModelProfile) -> DiffusionFiller:
    return DiffusionFiller(TransformersBackend(loaded.model), loaded.tokenizer, profile, loaded.name, cache_bytes=0)


def _in_an_editor(loaded: LoadedModel, case: Case, repositories: Repositories) -> float:
    """Return the seconds of a fill with precedents, the prompt of which was read at the key before."""
    filler = DiffusionFiller(TransformersBackend(loaded.model), loaded.tokenizer, loaded.profile, loaded.name)
    _, again = fill_cases(filler, (case, case), seed=0, ask=repositories.task)
    return again.seconds


def _directions(name: str, filler: Filler, cases: Sequence[Case], loaded: LoadedModel) -> Iterator[Row]:
    outcomes = list(fill_cases(filler, cases, seed=0))
    tokens = sum(_tokens(outcome, loaded) for outcome in outcomes)
    yield Row("direction", f"{name}: tokens a second", tokens / sum(o.seconds for o in outcomes), "tokens/s")
    score = Score.of(outcomes)
    yield Row("direction", f"{name}: exact", 100 * score.exact, "%")
    yield Row("direction", f"{name}: parses", 100 * score.parses, "%")
    yield Row("direction", f"{name}: edit similarity", score.similarity, "")


def _tokens(outcome: Outcome, loaded: LoadedModel) -> int:
    return len(loaded.tokenizer.encode(outcome.text))
