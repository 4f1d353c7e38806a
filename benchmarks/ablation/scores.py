"""What a variant's weights do with holes in validation code: at the first step, and after eight at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean

from benchmarks.first_look import first_look
from diffgemma_lsp.corpus.modules import load
from diffgemma_lsp.corpus.packages import Role
from diffgemma_lsp.evaluation.cases import Case, sample_cases
from diffgemma_lsp.evaluation.outcomes import fill_cases
from diffgemma_lsp.infilling.filler import DiffusionFiller
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.loading import LoadedModel, load_model
from diffgemma_lsp.prompts.profile import ModelProfile
from diffgemma_lsp.training.history import read_runs

_SEED = 5
_STEPS = 8


@dataclass(frozen=True, slots=True)
class Scores:
    """Over holes in validation code, the same for all variants.

    `first` and `tokens` are shares of holes whose first token, and of missing tokens that, are the likeliest where all
    of the hole is noise. `hole_nats` and `next_nats` are losses per character of missing text, so that vocabularies
    compare; the latter is the encoder's. `exact`, `parses` and `similarity` are those of whole fills, those that end in
    `_denoised` of what denoising makes alone, without lines from left to right and n-grams; one attempt each.
    `positions`, in millions, are those that the variant was trained on in its time.
    """

    holes: int
    first: float
    tokens: float
    hole_nats: float
    next_nats: float
    exact: float
    parses: float
    similarity: float
    exact_denoised: float
    parses_denoised: float
    similarity_denoised: float
    positions: float


def score(checkpoint: Path, corpus: Path, holes: int) -> Scores:
    """Return the scores over so many holes of each kind."""
    modules = load(corpus, Role.VALIDATION)
    cases = sample_cases(modules, holes, _SEED)
    loaded = load_model(str(checkpoint), lambda _: None)
    looks = [first_look(loaded, case, seed) for seed, case in enumerate(cases)]
    characters = sum(len(case.middle) for case in cases)
    tokens = sum(len(look.losses) for look in looks)
    sampling = replace(loaded.profile.sampling, attempts=1, steps=_STEPS)
    whole = replace(loaded.profile, sampling=sampling)
    alone = replace(loaded.profile, sampling=replace(sampling, beams=0), ngrams=None)
    exact, parses, similarity = _fills(loaded, cases, whole)
    exact_denoised, parses_denoised, similarity_denoised = _fills(loaded, cases, alone)
    own = read_runs(checkpoint)[-1]
    return Scores(
        holes=len(cases),
        first=mean(bool(look.is_likeliest[0]) for look in looks),
        tokens=sum(int(look.is_likeliest.sum()) for look in looks) / tokens,
        hole_nats=sum(float(look.losses.sum()) for look in looks) / characters,
        next_nats=sum(look.following * len(look.losses) for look in looks) / characters,
        exact=exact,
        parses=parses,
        similarity=similarity,
        exact_denoised=exact_denoised,
        parses_denoised=parses_denoised,
        similarity_denoised=similarity_denoised,
        positions=(own.encoder_tokens + own.canvas_slots) / 1e6,
    )


def _fills(loaded: LoadedModel, cases: Sequence[Case], profile: ModelProfile) -> tuple[float, float, float]:
    """Return the exact share, the share that parses and the edit similarity of fills by a profile."""
    filler = DiffusionFiller(TransformersBackend(loaded.model), loaded.tokenizer, profile, loaded.name)
    outcomes = list(fill_cases(filler, cases, seed=0))
    return (
        mean(outcome.is_exact for outcome in outcomes),
        mean(outcome.parses for outcome in outcomes),
        mean(outcome.similarity for outcome in outcomes),
    )
