from __future__ import annotations

from diffgemma_lsp.fill.stopwatch import Stopwatch


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_time_goes_to_the_part_that_took_it() -> None:
    clock = Clock()
    watch = Stopwatch(clock, None)
    clock.now += 1
    watch.prefilled()
    clock.now += 2
    watch.denoised()
    clock.now += 4
    watch.denoised()
    clock.now += 8
    watch.prompt(30, 20)
    timings = watch.timings()
    assert timings.prefill_seconds == 1
    assert timings.denoising_seconds == 6
    assert timings.first_draft_seconds == 3
    assert timings.total_seconds == 15
    assert (timings.prompt_tokens, timings.cached_tokens) == (30, 20)


def test_a_budget_runs_out_and_no_budget_never_does() -> None:
    clock = Clock()
    bounded, unbounded = Stopwatch(clock, 0.5), Stopwatch(clock, None)
    assert not bounded.is_out_of_time()
    clock.now += 0.5
    assert bounded.is_out_of_time()
    clock.now += 1e9
    assert not unbounded.is_out_of_time()
