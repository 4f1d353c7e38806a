"""`python -m benchmarks [--only SUITE] [--model starter] [--out FILE] [--quick]`: run, print tables, write JSON.

The suites are `model`, which times the parts of a fill in this process, `fills`, which times whole ones there, and
`server`, which is seen from an editor's side of it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks import fills, keystroke, report, startup, steps
from benchmarks.report import Row
from benchmarks.server import latency, starting, stopping
from benchmarks.server.session import session
from diffgemma_lsp.models.loading import load_model

RESULTS = Path(__file__).resolve().parent / "results"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=SUITES, help="run one suite; the file keeps what it has of the others")
    parser.add_argument("--model", default="starter", help="starter, a folder or a hub id (default: starter)")
    parser.add_argument("--out", type=Path, default=RESULTS / "cpu.json", help="where the JSON goes")
    parser.add_argument("--quick", action="store_true", help="few rounds: to see that it runs, not for figures")
    options = parser.parse_args()
    for suite in [options.only] if options.only else SUITES:
        rows = list(SUITES[suite](options.model, options.quick))
        report.write(suite, rows, options.model, options.out)
        print(report.table(rows), flush=True)


def _model(name: str, is_quick: bool) -> Iterator[Row]:
    rounds, runs = (2, 1) if is_quick else (9, 5)
    loaded = load_model(name, lambda _: None)
    yield from startup.measure(name, runs)
    yield from keystroke.measure(loaded.model, rounds)
    yield from steps.measure(loaded, name, rounds)


def _fills(name: str, is_quick: bool) -> Iterator[Row]:
    yield from fills.measure(load_model(name, lambda _: None), 4 if is_quick else 40)


def _server(name: str, is_quick: bool) -> Iterator[Row]:
    requests, rounds, runs = (10, 1, 1) if is_quick else (500, 5, 15)
    yield from starting.measure_start(runs)
    with session(name) as opened:
        yield from latency.measure(opened, requests)
        yield from stopping.measure(opened, rounds)
        yield from starting.measure_memory(opened)


SUITES: Mapping[str, Callable[[str, bool], Iterator[Row]]] = {"model": _model, "fills": _fills, "server": _server}

if __name__ == "__main__":
    main()
