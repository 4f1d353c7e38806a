"""What the engine counts, in the text format of Prometheus (exposition format 0.0.4)."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from diffgemma_lsp.fill import Draft, Event, Fill

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_ENDS = ("filled", "failed", "cancelled", "superseded", "overtaken", "stopped")
_COUNTERS = {
    "diffgemma_steps_total": "Denoising steps.",
    "diffgemma_tokens_total": "Tokens in the best candidates of fills.",
    "diffgemma_prompt_tokens_total": "Tokens of the prompts of fills.",
    "diffgemma_cached_prompt_tokens_total": "Tokens of the prompts of fills that were in the cache.",
}
_HISTOGRAMS = {
    "diffgemma_fill_seconds": "From a task's turn to its fill.",
    "diffgemma_first_draft_seconds": "From a task's turn to its first draft.",
    "diffgemma_wait_seconds": "From a task's arrival to its turn.",
}


@dataclass(slots=True)
class _Histogram:
    counts: list[int] = field(default_factory=lambda: [0] * (len(_SECONDS) + 1))
    total: float = 0.0


class Metrics:
    """Counts in one thread while another reads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends = dict.fromkeys(_ENDS, 0)
        self._counters = dict.fromkeys(_COUNTERS, 0)
        self._histograms = {name: _Histogram() for name in _HISTOGRAMS}

    def end(self, how: str) -> None:
        """Count a task by how it ended; one that was overtaken comes again."""
        with self._lock:
            self._ends[how] += 1

    def event(self, event: Event) -> None:
        """Count what an event stands for."""
        with self._lock:
            if isinstance(event, Draft):
                self._counters["diffgemma_steps_total"] += 1
            elif isinstance(event, Fill):
                timings = event.timings
                self._counters["diffgemma_tokens_total"] += sum(map(len, event.candidates[0].holes))
                self._counters["diffgemma_prompt_tokens_total"] += timings.prompt_tokens
                self._counters["diffgemma_cached_prompt_tokens_total"] += timings.cached_tokens
                self._observe("diffgemma_fill_seconds", timings.total_seconds)
                self._observe("diffgemma_first_draft_seconds", timings.first_draft_seconds)

    def wait(self, seconds: float) -> None:
        """Note for how long a task waited for its turn."""
        with self._lock:
            self._observe("diffgemma_wait_seconds", seconds)

    def render(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """Return everything as text, `gauges` included: what is true right now, by name, with its description."""
        with self._lock:
            return "\n".join([*self._lines(), *_gauge_lines(gauges), ""])

    def _observe(self, name: str, seconds: float) -> None:
        histogram = self._histograms[name]
        histogram.counts[bisect_left(_SECONDS, seconds)] += 1
        histogram.total += seconds

    def _lines(self) -> Iterator[str]:
        yield from _head("diffgemma_tasks_total", "Tasks by how they ended.", "counter")
        yield from (f'diffgemma_tasks_total{{end="{end}"}} {count}' for end, count in self._ends.items())
        for name, description in _COUNTERS.items():
            yield from _head(name, description, "counter")
            yield f"{name} {self._counters[name]}"
        for name, description in _HISTOGRAMS.items():
            yield from _head(name, description, "histogram")
            histogram, below = self._histograms[name], 0
            for bound, count in zip((*_SECONDS, "+Inf"), histogram.counts, strict=True):
                below += count
                yield f'{name}_bucket{{le="{bound}"}} {below}'
            yield f"{name}_sum {histogram.total}"
            yield f"{name}_count {below}"


def _gauge_lines(gauges: Mapping[str, tuple[str, float]]) -> Iterator[str]:
    for name, (description, value) in gauges.items():
        yield from _head(name, description, "gauge")
        yield f"{name} {value}"


def _head(name: str, description: str, kind: str) -> tuple[str, str]:
    return f"# HELP {name} {description}", f"# TYPE {name} {kind}"
