"""`python -m benchmarks.precedents --corpus DIR [--only PART] [--model starter] [--cases 100] [--out FILE]`.

The corpus is the state folder of the training, or any folder of Python code; `--installed NAME...` takes installed
packages instead. The parts are `costs`, of an index of 200,000 lines, and `quality`, on held-out packages.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks import report
from benchmarks.precedents import costs, installed, quality
from benchmarks.report import Row
from diffgemma_lsp.corpus.folder import modules_of
from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.errors import InputError


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.precedents", description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--corpus", type=Path, help="folder with the held-out packages")
    source.add_argument("--installed", nargs="+", metavar="NAME", help="installed packages, none of the pinned ones")
    parser.add_argument("--only", choices=PARTS, help="run one part")
    parser.add_argument("--model", default="starter", help="starter, a folder or a hub id (default: starter)")
    parser.add_argument("--cases", type=int, default=100, help="of each kind (default: 100)")
    parser.add_argument("--out", type=Path, help="where JSON goes, if anywhere; what it has of other parts stays")
    options = parser.parse_args()
    try:
        modules = [*installed.modules_of(options.installed)] if options.installed else modules_of(options.corpus)
    except InputError as error:
        parser.error(str(error))
    for part in [options.only] if options.only else PARTS:
        rows = list(PARTS[part](modules, options.model, options.cases))
        if options.out:
            report.write(f"precedents {part}", rows, options.model, options.out)
        print(report.table(rows), flush=True)


PARTS: Mapping[str, Callable[[Sequence[Module], str, int], Iterator[Row]]] = {
    "costs": lambda modules, _, __: costs.measure(modules),
    "quality": quality.measure,
}

if __name__ == "__main__":
    main()
