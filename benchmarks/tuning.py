"""`python -m benchmarks.tuning --corpus DIR [--packages NAME ...] [--minutes 5] [--cases 25] [--out FILE]`.

What tuning the starter to a repository brings, beside retrieval from the same files. Of each held-out package of the
corpus (the state folder of the training) four fifths of the files are tuned on for some minutes; holes in the others
are filled before and after, from noise alone, and with precedents from those same four fifths and the hole's own file.
"""

from __future__ import annotations

import argparse
import resource
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory

import torch

from benchmarks import report
from benchmarks.precedents.quality import Result, results_of
from benchmarks.report import Row
from diffgemma_lsp.corpus.digests import digest
from diffgemma_lsp.corpus.folder import modules_of
from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.evaluation.cases import Case
from diffgemma_lsp.evaluation.repositories import KINDS, Repositories, line_cases, packages_of
from diffgemma_lsp.fill import FillTask
from diffgemma_lsp.models.loading import load_checkpoint
from diffgemma_lsp.models.names import STARTER
from diffgemma_lsp.models.source import find_checkpoint
from diffgemma_lsp.training.dialect import dialect_of
from diffgemma_lsp.training.speed import hasten, training_dtype
from diffgemma_lsp.training.tuning.code import KIND
from diffgemma_lsp.training.tuning.run import Budget, tune
from diffgemma_lsp.training.tuning.session import Asked, begin, finish, open_session
from diffgemma_lsp.training.validation import validate, validation_batches

PACKAGES = ("jsonschema", "traitlets", "urllib3")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tuning", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="folder with the held-out packages")
    parser.add_argument("--packages", nargs="+", default=PACKAGES, help=f"default: {' '.join(PACKAGES)}")
    parser.add_argument("--minutes", type=float, default=5.0, help="of tuning for each package (default: 5)")
    parser.add_argument("--cases", type=int, default=25, help="of each kind and package (default: 25)")
    parser.add_argument("--out", type=Path, help="where JSON goes, if anywhere")
    options = parser.parse_args()
    modules = modules_of(options.corpus)
    for package in options.packages:
        with TemporaryDirectory() as folder:
            measured = _Package(package, packages_of(modules, [package]), Path(folder))
            rows = list(measured.tune(options.minutes))
            models = {"before": STARTER}
            # Where no step was better on the held-out files, nothing is kept.
            if measured.tuned.exists():
                models["after"] = str(measured.tuned)
            for when, model in models.items():
                rows += _rows(package, when, measured.results(model, options.cases))
                rows += measured.losses(when, model)
        if options.out:
            report.write(f"tuning {package}", rows, STARTER, options.out)
        print(report.table(rows), flush=True)


@dataclass(frozen=True, slots=True)
class _Package:
    """A package's modules in two parts: four fifths are learned from, and one fifth is measured on."""

    name: str
    modules: Sequence[Module]
    folder: Path

    @property
    def learned(self) -> list[Module]:
        return self._drawn()[len(self.modules) // 5 :]

    @property
    def others(self) -> list[Module]:
        return self._drawn()[: len(self.modules) // 5]

    @property
    def tuned(self) -> Path:
        return self.folder / "tuned"

    def tune(self, minutes: float) -> Iterator[Row]:
        """Tune the starter on the learned part, and yield what that took."""
        code = self.folder / "code"
        for module in self.learned:
            path = code / module.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(module.text, encoding="utf-8")
        session = open_session(Asked(STARTER, "code", code, self.tuned, Budget(60 * minutes)), KIND)
        before = _processor_seconds()
        run, optimizer, progress = begin(session, lambda _: None, lambda: False)
        for _ in tune(run, optimizer, progress):
            pass
        spent = _processor_seconds() - before
        record = finish(session, run, optimizer, progress)
        what = session.task.summary
        yield Row(self.name, f"{what}: minutes of tuning", progress.seconds / 60, "min")
        yield Row(self.name, f"{what}: minutes of the processor", spent / 60, "min")
        yield Row(self.name, f"{what}: steps", float(optimizer.steps), "")
        yield Row(self.name, f"{what}: step that is kept", float(record.kept.step if record else 0), "")

    def results(self, model: str, count: int) -> Mapping[str, list[Result]]:
        """Return what each way makes of holes in the other part."""
        cases = (case for case in line_cases(self.others, count, seed=2) if case.kind in {"line", "rest"})
        return results_of(cases, _Apart(self.learned), model)

    def losses(self, when: str, model: str) -> Iterator[Row]:
        """Yield the losses of the other part."""
        checkpoint = find_checkpoint(model)
        loaded = load_checkpoint(checkpoint, torch.device("cpu"), lambda _: None, training_dtype("cpu"))
        hasten(loaded.model)
        batches = validation_batches(self.others, dialect_of(checkpoint.folder, checkpoint.name), 512, 384)
        for name, value in validate(loaded.model, batches).items():
            yield Row(self.name, f"{when}: loss of {name}", value, "nats")

    def _drawn(self) -> list[Module]:
        return sorted(self.modules, key=lambda module: digest([module.path]))


@dataclass(frozen=True, slots=True)
class _Apart:
    """Asks each case with precedents from the learned part and from the case's own file, but from no other."""

    learned: list[Module]

    def task(self, case: Case, seed: int) -> FillTask:
        return Repositories([*self.learned, Module(case.package, case.path, "")]).task(case, seed)


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _rows(package: str, when: str, results: Mapping[str, list[Result]]) -> Iterator[Row]:
    for way, found in results.items():
        for kind in KINDS:
            of_kind = [result for result in found if result.case.kind == kind]
            if of_kind:
                name = f"{when}: {kind}, {way}"
                yield Row(package, f"{name}, exact", mean(one.is_right for one in of_kind), f"of {len(of_kind)}")
                yield Row(package, f"{name}, similarity", mean(one.similarity for one in of_kind), "")
                yield Row(package, f"{name}, steps", mean(one.steps for one in of_kind), "")
                yield Row(package, f"{name}, seconds, median", median(one.seconds for one in of_kind), "s")


if __name__ == "__main__":
    main()
