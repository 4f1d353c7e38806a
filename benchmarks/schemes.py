"""`python -m benchmarks.schemes [--model starter] [--corpus FOLDER] [--cases 40] [--fills 40] [--out FILE]`.

What each quantization scheme costs a trained checkpoint on held-out code, against its weights in float32: the loss of
the missing tokens at a first denoising step, the loss of the next token, and whole fills. Cases, noise and seeds are
the same for all, so that differences are counted case by case; each comes with the standard error of its mean.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from statistics import fmean, stdev

from benchmarks import report
from benchmarks.first_look import first_look
from benchmarks.plain import load_plain
from benchmarks.report import Row
from diffgemma_lsp.corpus.folder import modules_of
from diffgemma_lsp.evaluation.cases import Case, sample_cases
from diffgemma_lsp.evaluation.outcomes import Outcome, fill_cases
from diffgemma_lsp.infilling.filler import DiffusionFiller
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.loading import LoadedModel, load_model

RESULTS = Path(__file__).resolve().parent / "results"
SCHEMES = ("bf16", "int8", "int4", "nf4")
PACKAGE = Path(__file__).resolve().parent.parent / "diffgemma_lsp"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.schemes", description=__doc__)
    parser.add_argument("--model", default="starter", help="a small trained checkpoint (default: starter)")
    parser.add_argument("--corpus", type=Path, default=PACKAGE, help="a folder of Python code (default: ours)")
    parser.add_argument("--cases", type=int, default=40, help="of each of three kinds (default: 40)")
    parser.add_argument("--fills", type=int, default=40, help="of each kind that are filled, too (default: 40)")
    parser.add_argument("--out", type=Path, default=RESULTS / "schemes.json", help="where the JSON goes")
    options = parser.parse_args()
    modules = modules_of(options.corpus)
    rows = []
    for row in chain(
        compare_losses(options.model, sample_cases(modules, options.cases, seed=0)),
        compare_fills(options.model, sample_cases(modules, options.fills, seed=0)),
    ):
        rows.append(row)
        print(report.table([row]).splitlines()[-1], flush=True)
        report.write("schemes", rows, options.model, options.out)


def compare_losses(model: str, cases: Sequence[Case]) -> Iterator[Row]:
    """Yield the mean losses over tokens with float32, then each scheme's differences from them."""
    whole = measure_losses(model, None, cases)
    for what, losses in whole.items():
        yield Row("float32", f"{what}, {len(cases)} cases", fmean(losses), "nats")
    for scheme in SCHEMES:
        found = measure_losses(model, scheme, cases)
        for what, losses in found.items():
            yield from difference(scheme, what, whole[what], losses, "nats")


def compare_fills(model: str, cases: Sequence[Case]) -> Iterator[Row]:
    """Yield how near fills come to the missing text with float32, then each scheme's differences from that."""
    whole = measure_fills(model, None, cases)
    similarities = [outcome.similarity for outcome in whole]
    yield Row("float32", f"edit similarity of {len(cases)} fills", fmean(similarities), "")
    yield Row("float32", "exact fills", 100 * fmean(one.is_exact for one in whole), "%")
    for scheme in SCHEMES:
        found = measure_fills(model, scheme, cases)
        yield from difference(scheme, "edit similarity", similarities, [one.similarity for one in found], "")
        yield Row(scheme, "exact fills", 100 * fmean(one.is_exact for one in found), "%")
        same = [one.text == two.text for one, two in zip(whole, found, strict=True)]
        yield Row(scheme, "fills that are the same", 100 * fmean(same), "%")


def difference(group: str, what: str, before: Sequence[float], after: Sequence[float], unit: str) -> Iterator[Row]:
    """Yield the mean change from `before` to `after`, case by case, and its standard error."""
    changes = [two - one for one, two in zip(before, after, strict=True)]
    yield Row(group, f"{what}, change", fmean(changes), unit)
    yield Row(group, f"{what}, standard error of the change", stdev(changes) / len(changes) ** 0.5, unit)


def measure_losses(model: str, scheme: str | None, cases: Sequence[Case]) -> dict[str, list[float]]:
    """Return the losses of each case in a scheme, None being float32, by what is lost."""
    loaded = _loaded(model, scheme)
    losses = [_losses(loaded, case, seed) for seed, case in enumerate(cases)]
    return {
        "loss of missing tokens": [hole for hole, _ in losses],
        "loss of next tokens": [following for _, following in losses],
    }


def measure_fills(model: str, scheme: str | None, cases: Sequence[Case]) -> list[Outcome]:
    """Return what becomes of each case in a scheme, None being float32."""
    loaded = _loaded(model, scheme)
    backend = TransformersBackend(loaded.model)
    filler = DiffusionFiller(backend, loaded.tokenizer, loaded.profile, loaded.name, cache_bytes=0)
    return list(fill_cases(filler, cases, seed=0))


def _loaded(model: str, scheme: str | None) -> LoadedModel:
    return load_plain(model) if scheme is None else load_model(model, lambda _: None, scheme)


def _losses(loaded: LoadedModel, case: Case, seed: int) -> tuple[float, float]:
    """Return the mean loss of the missing tokens in a hole of noise, and that of them and their neighbours in order."""
    look = first_look(loaded, case, seed)
    return float(look.losses.mean()), look.following


if __name__ == "__main__":
    main()
