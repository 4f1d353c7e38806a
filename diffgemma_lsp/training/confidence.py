"""`python -m diffgemma_lsp.training.confidence [MODEL] --corpus DIR`: fit what a token's confidence is worth.

Holes are cut into the validation packages and filled from noise alone. Each token that is not blank is one observation:
the logarithms of the confidences up to it, added up, and whether the missing text begins like that. A logistic model is
fitted to them. The section `confidence` of the checkpoint's profile is printed, or written into a profile.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

from diffgemma_lsp.errors import DiffgemmaError
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.calibration import log_confidence
from diffgemma_lsp.models.filler import DiffusionFiller
from diffgemma_lsp.models.loading import load_model
from diffgemma_lsp.models.names import STARTER
from diffgemma_lsp.training.calibration import judged
from diffgemma_lsp.training.cases import Case, sample_cases
from diffgemma_lsp.training.corpus import load
from diffgemma_lsp.training.evaluation import Outcome, fill_cases
from diffgemma_lsp.training.fitted import publish
from diffgemma_lsp.training.odds import regression
from diffgemma_lsp.training.packages import Role
from diffgemma_lsp.training.repositories import line_cases

_HEAD = "# How likely the text of a hole is right,"


def observe(model: str, cases: Sequence[Case]) -> Iterator[Outcome]:
    """Yield what becomes of each case, its tokens with the confidence that the model has in them."""
    loaded = load_model(model, lambda _: None)
    profile = replace(loaded.profile, confidence=None)
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
        "# diffgemma_lsp.training.confidence.",
        "[confidence]",
        f"bias = {bias}",
        f"slope = {slope}",
    ]
    return "\n".join((*lines, ""))


def _totals(outcome: Outcome) -> Iterator[float]:
    """Yield the summed log-confidences up to each token that is not blank."""
    totals = accumulate(log_confidence(token.confidence) for token in outcome.tokens)
    return (total for token, total in zip(outcome.tokens, totals, strict=True) if token.text.strip())


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, and print or write; return the exit code: 2 for what the user has to mend."""
    parser = argparse.ArgumentParser("python -m diffgemma_lsp.training.confidence", description=__doc__)
    parser.add_argument("model", metavar="MODEL", nargs="?", default=STARTER, help="starter, a folder or a hub id")
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR", help="state folder of the training")
    parser.add_argument("--cases", type=int, default=100, help="of each kind (default: 100)")
    parser.add_argument("--profile", type=Path, metavar="FILE", help="write the section into this profile")
    options = parser.parse_args(arguments)
    try:
        modules = load(options.corpus, Role.VALIDATION)
        rests = (case for case in line_cases(modules, options.cases, seed=1) if case.kind == "rest")
        fitted = section(list(observe(options.model, [*sample_cases(modules, options.cases, seed=1), *rests])))
    except DiffgemmaError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    publish(options.profile, _HEAD, fitted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
