"""From the start of a language server's process to its first answer, and what it holds in memory later."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.measure import seconds_of
from benchmarks.report import Row, under
from benchmarks.server.editor import Editor
from benchmarks.server.engine import FILLED
from benchmarks.server.session import Session

_SERVE = (sys.executable, "-m", "diffgemma_lsp", "serve")
_LINES = 5000
_REQUESTS = 20


def measure_start(runs: int) -> Iterator[Row]:
    """Yield seconds. An interpreter that does nothing is started in turn with each server."""
    bare, served = [], []
    for _ in range(runs):
        bare.append(seconds_of(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True)))
        start = time.perf_counter()
        with Editor(_SERVE, os.environ):
            served.append(time.perf_counter() - start)
    yield under("server", "start to the initialize answer, median", median(served), 0.5, "s")
    yield Row("server", "start to the initialize answer, least", min(served), "s")
    yield Row("server", "start of an interpreter that does nothing, median", median(bare), "s")


def measure_memory(opened: Session) -> Iterator[Row]:
    """Yield MiB, those of a server that has done some work."""
    with opened.window(FILLED, "value = compute(first, second)\n" * _LINES) as window:
        for number in range(_REQUESTS):
            window.type(number, 0, "x = ")
            window.answer(window.suggest(number, 4, invoked=True))
        status = Path(f"/proc/{window.process.pid}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    peak = int(line.split()[1]) / 1024
    yield under("server", f"peak memory, {_LINES} lines and {_REQUESTS} requests", peak, 90.0, "MiB")
