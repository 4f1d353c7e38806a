"""A fresh process: seconds from its start to a loaded engine, and its largest memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from statistics import median

from benchmarks.report import Row, under

_PROGRAM = """
import json, resource, sys, time
start = time.perf_counter()
import diffgemma_lsp.infilling.filler, diffgemma_lsp.models.graphs, diffgemma_lsp.models.loading
from diffgemma_lsp.cli.fillers import FILLERS
imported = time.perf_counter()
filler = FILLERS["local"].open(sys.argv[1], lambda progress: None)
loaded = time.perf_counter()
from diffgemma_lsp.fill import FillTask, Hole
for _ in filler.fill(FillTask(("def add(first, second):\\n    return ", Hole(), "\\n"), seed=0)):
    pass
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([imported - start, loaded - imported, peak / 1024]))
"""


def measure(model: str, runs: int) -> Iterator[Row]:
    """Yield the medians over `runs` processes."""
    results = []
    for _ in range(runs):
        done = subprocess.run([sys.executable, "-c", _PROGRAM, model], capture_output=True, text=True, check=True)
        results.append(json.loads(done.stdout.splitlines()[-1]))
    imports, loads, peaks = zip(*results, strict=True)
    yield Row("start", "importing torch and transformers", median(imports), "s")
    yield under("start", "loading the checkpoint", median(loads), 1.5, "s")
    yield Row("start", "peak memory after a fill", median(peaks), "MiB")
