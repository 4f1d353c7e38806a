"""`python -m benchmarks.ablation --corpus DIR --state DIR [--minutes 20] [--at-once 2] [--compile] [--only NAME ...]`.

Which parts of the starter's recipe matter: each variant is trained for so many minutes of one core's time and filled
holes with. Variants that are in the results already are not run again, so a call that is cut off loses little.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from benchmarks.ablation.scores import score
from benchmarks.ablation.training import train_variant
from benchmarks.ablation.variants import VARIANTS, Variant

_COLUMNS = {
    "positions": "M positions",
    "first": "first token",
    "tokens": "tokens",
    "hole_nats": "hole",
    "next_nats": "next",
    "exact": "exact",
    "parses": "parses",
    "similarity": "like",
    "exact_denoised": "exact, denoised alone",
    "parses_denoised": "parses",
    "similarity_denoised": "like",
}
_PLAIN = ("positions", "hole_nats", "next_nats", "similarity", "similarity_denoised")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="state folder of a training, with its corpus")
    parser.add_argument("--state", type=Path, required=True, help="folder for weights and results")
    parser.add_argument("--minutes", type=float, default=20.0, help="of a core for each variant (default: 20)")
    parser.add_argument("--holes", type=int, default=100, help="of each of three kinds (default: 100)")
    parser.add_argument("--at-once", type=int, default=2, help="variants side by side (default: 2)")
    parser.add_argument("--compile", action="store_true", help="compile the layers, as for the training itself")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=[variant.name for variant in VARIANTS])
    options = parser.parse_args()
    wanted = [variant for variant in VARIANTS if not options.only or variant.name in options.only]
    missing = [variant for variant in wanted if not _result(options.state, variant).exists()]
    if len(missing) == 1:
        _run(missing[0], options)
    elif missing:
        with ThreadPoolExecutor(options.at_once) as pool:
            codes = list(pool.map(lambda variant: _run_apart(variant, options), missing))
        if any(codes):
            return 1
    print(table({variant.name: json.loads(_result(options.state, variant).read_text()) for variant in wanted}))
    return 0


def table(scores: Mapping[str, Mapping[str, Any]]) -> str:
    """Return scores by variant as Markdown: shares in per cent, losses in nats per character, millions of positions."""
    lines = [f"| variant | {' | '.join(_COLUMNS.values())} |", f"| --- |{' ---: |' * len(_COLUMNS)}"]
    for name, found in scores.items():
        cells = (f"{found[key]:.3g}" if key in _PLAIN else f"{found[key]:.1%}" for key in _COLUMNS)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _run(variant: Variant, options: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    with variant.in_force():
        checkpoint = train_variant(
            variant, options.corpus, _folder(options.state, variant), options.minutes, compiled=options.compile
        )
        found = score(checkpoint, options.corpus, options.holes)
    _result(options.state, variant).write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")


def _run_apart(variant: Variant, options: argparse.Namespace) -> int:
    """Run a variant in a process of its own, whose time counts."""
    line = [sys.executable, "-m", "benchmarks.ablation", "--only", variant.name]
    for name in ("corpus", "state", "minutes", "holes"):
        line += [f"--{name}", str(getattr(options, name))]
    line += ["--compile"] * options.compile
    return subprocess.run(line, check=False).returncode


def _folder(state: Path, variant: Variant) -> Path:
    return state / "".join(letter if letter.isalnum() else "-" for letter in variant.name)


def _result(state: Path, variant: Variant) -> Path:
    return _folder(state, variant) / "scores.json"


if __name__ == "__main__":
    sys.exit(main())
