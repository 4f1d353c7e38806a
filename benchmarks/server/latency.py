"""What language server and socket add to the time that the engine takes by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from itertools import chain, islice
from random import Random
from statistics import median, quantiles

from benchmarks.report import Row, under
from benchmarks.server.editor import FOLDER
from benchmarks.server.engine import STAMPS
from benchmarks.server.session import Session, denoising, read_stamps
from benchmarks.server.stamps import now

_PREFIX = "x = "
_MANY_LINES = 3000


def measure(opened: Session, rounds: int) -> Iterator[Row]:
    """Yield what is added to requests at random moments, with and without another task that denoises.

    The engine's own time is the fill, and before it the rest of the layer in which a request finds the engine: an
    engine that were asked without a server and a socket would take that long, too. Asked without a pause, processes
    find the processor as they left it, which they do not between two keys: that tells their own work from waking up.
    A long document is one of many lines of this project, which are also what precedents are looked for in.
    """
    busy = added(opened, rounds, is_busy=True)
    alone = added(opened, rounds, is_busy=False)
    awake = added(opened, rounds, is_busy=False, longest_pause=0.0)
    long = added(opened, rounds, is_busy=False, below=_many_lines())
    yield under("latency", "added while another task denoises, median", median(busy), 3.0, "ms")
    yield under("latency", "added while another task denoises, 99 %", _percentile(busy, 99), 15.0, "ms")
    yield Row("latency", "added while another task denoises, least", min(busy), "ms")
    yield Row("latency", "added by itself, median", median(alone), "ms")
    yield Row("latency", "added by itself, 99 %", _percentile(alone, 99), "ms")
    yield Row("latency", "added by itself, without a pause, median", median(awake), "ms")
    yield Row("latency", f"added by itself in a document of {_MANY_LINES} lines, median", median(long), "ms")


def added(opened: Session, rounds: int, *, is_busy: bool, longest_pause: float = 0.06, below: str = "") -> list[float]:
    """Return the milliseconds that each of some requests took beyond the engine's own time, pauses before them.

    `below` is what stands in the document under the line that is typed.
    """
    random = Random(0)
    found = []
    with ExitStack() as stack:
        stack.enter_context(denoising(opened) if is_busy else nullcontext())
        window = stack.enter_context(opened.window(STAMPS, f"{_PREFIX}\n{below}"))
        for number in range(rounds + 1):
            time.sleep(random.uniform(0, longest_pause))
            asked_at = now()
            stamps = read_stamps(window, len(_PREFIX) + number)
            total = now() - stamps.could_start(asked_at)
            found.append((total - (stamps.end - stamps.start)) / 1000)
    # The first one connects.
    return found[1:]


def _many_lines() -> str:
    files = sorted((FOLDER / "diffgemma_lsp").rglob("*.py"))
    lines = chain.from_iterable(file.read_text(encoding="utf-8").splitlines(keepends=True) for file in files)
    return "".join(islice(lines, _MANY_LINES))


def _percentile(values: list[float], percent: int) -> float:
    return quantiles(values, n=100, method="inclusive")[percent - 1]
