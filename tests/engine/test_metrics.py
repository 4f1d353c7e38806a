"""What the engine counts, as Prometheus reads it."""

from __future__ import annotations

import re

from diffgemma_lsp.engine.metrics import Metrics
from diffgemma_lsp.fill import Candidate, Draft, Fill, Progress, Timings, TokenText

SAMPLE = re.compile(r'(\w+)(?:\{(\w+)="([^"]*)"\})? ([-+.\deE]+|\+Inf)')
TOKENS = (TokenText("a", 1.0), TokenText("b", 1.0))


def parse(text: str) -> dict[tuple[str, str], float]:
    """Return samples by name and label value; each has a type and a description above it."""
    assert text.endswith("\n")
    samples: dict[tuple[str, str], float] = {}
    described: set[str] = set()
    for line in text.splitlines():
        if line.startswith("# "):
            _, kind, name, rest = line.split(" ", 3)
            assert kind in ("HELP", "TYPE")
            assert rest
            described.add(name)
            continue
        sample = SAMPLE.fullmatch(line)
        assert sample, line
        name, _, label, value = sample.groups()
        assert name in described or re.sub(r"_(bucket|sum|count)$", "", name) in described
        assert (name, label or "") not in samples
        samples[name, label or ""] = float(value)
    return samples


def counted() -> Metrics:
    metrics = Metrics()
    metrics.event(Progress("prefill", 1, 1))
    for step in range(3):
        metrics.event(Draft(step, 3, (TOKENS,)))
    candidate = Candidate((TOKENS, TOKENS), 1.0, 0.0, 3, "stable")
    metrics.event(Fill((candidate, candidate), Timings(0.1, 0.2, 0.03, 0.3, 100, 64), "fake"))
    metrics.end("filled")
    metrics.end("cancelled")
    metrics.wait(99.0)
    return metrics


def test_everything_that_happened_is_counted() -> None:
    samples = parse(counted().render({}))
    assert samples["diffgemma_steps_total", ""] == 3
    assert samples["diffgemma_tokens_total", ""] == 4
    assert samples["diffgemma_prompt_tokens_total", ""] == 100
    assert samples["diffgemma_cached_prompt_tokens_total", ""] == 64
    assert samples["diffgemma_tasks_total", "filled"] == samples["diffgemma_tasks_total", "cancelled"] == 1
    assert samples["diffgemma_tasks_total", "failed"] == 0


def test_a_histogram_counts_what_lies_below_each_bound() -> None:
    samples = parse(counted().render({}))
    buckets = [value for (name, _), value in samples.items() if name == "diffgemma_fill_seconds_bucket"]
    assert buckets == sorted(buckets)
    assert samples["diffgemma_fill_seconds_bucket", "0.25"] == 0
    assert samples["diffgemma_fill_seconds_bucket", "0.5"] == 1
    assert samples["diffgemma_fill_seconds_bucket", "+Inf"] == samples["diffgemma_fill_seconds_count", ""] == 1
    assert samples["diffgemma_fill_seconds_sum", ""] == 0.3
    assert samples["diffgemma_wait_seconds_bucket", "30.0"] == 0
    assert samples["diffgemma_wait_seconds_bucket", "+Inf"] == 1


def test_a_gauge_is_what_it_is_right_now() -> None:
    assert parse(Metrics().render({"diffgemma_waiting_tasks": ("Waiting.", 3.0)}))["diffgemma_waiting_tasks", ""] == 3
