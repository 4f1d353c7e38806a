"""How soon the engine stops what nobody wants any more, and how little it begins while somebody types."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

from benchmarks.report import Row, at_most
from benchmarks.server.engine import ENDLESS, FILLED, STAMPS
from benchmarks.server.session import Session, read_stamps
from benchmarks.server.stamps import now

_KEYS = 20
_QUICK_SECONDS = 0.03
_STEADY_SECONDS = 0.12


def measure(opened: Session, rounds: int) -> Iterator[Row]:
    """Yield how a cancel and a burst of keys end."""
    cancels = [_cancel(opened) for _ in range(rounds)]
    answers, waits, steps = zip(*cancels, strict=True)
    yield Row("cancel", "to the answer, median", median(answers), "ms")
    yield Row("cancel", "to an idle engine, median", median(waits), "ms")
    yield Row("cancel", "to an idle engine, longest", max(waits), "ms")
    yield at_most("cancel", "steps that ended after it, at most", max(steps), 1, "steps")
    quick = [_type(opened, _QUICK_SECONDS) for _ in range(rounds)]
    yield at_most("typing", f"{_KEYS} keys, {1000 * _QUICK_SECONDS:.0f} ms apart, most fills", max(quick), 2, "fills")
    steady = [_type(opened, _STEADY_SECONDS) for _ in range(rounds)]
    yield Row("typing", f"{_KEYS} keys, {1000 * _STEADY_SECONDS:.0f} ms apart, median fills", median(steady), "fills")


def _cancel(opened: Session) -> tuple[float, float, int]:
    """Cancel a task that denoises. Return the milliseconds to the answer and to its end, and the steps in between."""
    with opened.window(ENDLESS, "def add(first, second):\n    return \n", drafts=True) as window:
        request = window.suggest(1, 11, invoked=True)
        while window.receive().get("method") != "diffgemma/draft":
            pass
        cancelled_at = now()
        window.notify("$/cancelRequest", {"id": request})
        assert "error" in window.answer(request)
        answered_at = now()
    with opened.window(STAMPS, "x = \n") as watcher:
        stamps = read_stamps(watcher, 4)
    steps = sum(end > cancelled_at for end in stamps.step_ends)
    return (answered_at - cancelled_at) / 1000, (stamps.stopped_at - cancelled_at) / 1000, steps


def _type(opened: Session, seconds: float) -> int:
    """Type keys, asking after each as an editor does, and return how many fills were begun for that."""
    with opened.window(STAMPS, "x = \n") as watcher:
        before = read_stamps(watcher, 4)
        with opened.window(FILLED, "def add(first, second):\n    return \n") as window:
            for key in range(_KEYS):
                window.type(1, 11 + key, "first_and_then_second"[key])
                request = window.suggest(1, 12 + key, invoked=False)
                time.sleep(seconds)
            window.answer(request)
        return read_stamps(watcher, 5).begun - before.begun
