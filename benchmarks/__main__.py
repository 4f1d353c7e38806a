"""`python -m benchmarks [--model starter] [--out FILE] [--quick]`: run everything, print a table, write JSON."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import fills, keystroke, report, startup, steps
from diffgemma_lsp.models.loading import load_model

RESULTS = Path(__file__).resolve().parent / "results"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--model", default="starter", help="starter, a folder or a hub id (default: starter)")
    parser.add_argument("--out", type=Path, default=RESULTS / "cpu.json", help="where the JSON goes")
    parser.add_argument("--quick", action="store_true", help="few rounds: to see that it runs, not for figures")
    options = parser.parse_args()
    rounds, cases, runs = (2, 4, 1) if options.quick else (9, 40, 5)

    loaded = load_model(options.model, lambda _: None)
    rows = [*startup.measure(options.model, runs), *keystroke.measure(loaded.model, rounds)]
    rows += [*fills.measure(loaded, cases), *steps.measure(loaded, options.model, rounds)]
    report.write(rows, loaded.name, options.out)
    print(report.table(rows))


if __name__ == "__main__":
    main()
