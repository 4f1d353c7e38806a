"""`python -m diffgemma_lsp.fitting.confidence [MODEL] --corpus DIR`: fit what a token's confidence is worth.

Holes are cut into the validation packages and denoised, as several holes are that share a canvas: without precedents,
and without lines from left to right. Each token that is not blank is one observation: the logarithms of the confidences
up to it, added up, and whether the missing text begins like that. A logistic model is fitted to them. The section
`confidence` of the checkpoint's profile is printed, or written into one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.evaluation.cases import Case, sample_cases
from diffgemma_lsp.evaluation.outcomes import Outcome, fill_cases
from diffgemma_lsp.evaluation.reliability import judged
from diffgemma_lsp.fitting.command import Command
from diffgemma_lsp.fitting.odds import regression
from diffgemma_lsp.infilling.filler import DiffusionFiller
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.loading import load_model
from diffgemma_lsp.prompts.calibration import log_confidence

_HEAD = "# How likely the text of a hole is right,"


def observe(model: str, cases: Sequence[Case]) -> Iterator[Outcome]:
    """Yield what becomes of each case, its tokens with the confidence that the model has in them."""
    loaded = load_model(model, lambda _: None)
    sampling = replace(loaded.profile.sampling, beams=0)
    profile = replace(loaded.profile, confidence=None, precedents=None, sampling=sampling)
    filler = DiffusionFiller(TransformersBackend(loaded.model), loaded.tokenizer, profile, loaded.name)
    return fill_cases(filler, cases, seed=0)


def section(outcomes: Sequence[Outcome]) -> str:
    """Return a profile's section for at least one token."""
    totals = [total for outcome in outcomes for total in _totals(outcome)]
    hits = [is_right for outcome in outcomes for _, is_right in judged(outcome)]
    bias, slope = regression([[total] for total in totals], hits)
    lines = [
        f"{_HEAD} by the confidences in its tokens:",
        f"# fitted on {len(hits)} tokens of {len(outcomes)} validation fills, {sum(hits)} of them right, by",
        "# diffgemma_lsp.fitting.confidence.",
        "[confidence]",
        f"bias = {bias}",
        f"slope = {slope}",
    ]
    return "\n".join((*lines, ""))


def _totals(outcome: Outcome) -> Iterator[float]:
    """Yield the summed log-confidences up to each token that is not blank."""
    totals = accumulate(log_confidence(token.confidence) for token in outcome.tokens)
    return (total for token, total in zip(outcome.tokens, totals, strict=True) if token.text.strip())


def _fit(model: str, modules: Sequence[Module], count: int) -> str:
    return section(list(observe(model, sample_cases(modules, count, seed=1))))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit code."""
    return Command("diffgemma_lsp.fitting.confidence", __doc__, _HEAD, 100, _fit).run(arguments)


if __name__ == "__main__":
    sys.exit(main())
