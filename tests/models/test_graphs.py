"""CUDA graphs without a card: a trace repeats the same operations on the same memory, as a graph does.

Whatever the host decides while it is traced is in it for good, and asking a tensor for a number ends the trace.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.fx.experimental.proxy_tensor import make_fx

from diffgemma_lsp.diffusion.cache import LEAST_CAPACITY, PrefixCache, capacity_for
from diffgemma_lsp.diffusion.segments import Segment, Slots
from diffgemma_lsp.models import graphs
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.graphs import Capture, Run, columns
from tests.diffusion.parts import VOCABULARY, canvas_states, drafts, encoded, random_ids, settings
from tests.tiny import tiny_model

WINDOW = 16


class Traces:
    """Captures a trace, which writes its output over that of the last time; counts captures and replays."""

    def __init__(self) -> None:
        self.captures = 0
        self.replays = 0

    def __call__(self, run: Run) -> Run:
        self.captures += 1
        trace = make_fx(lambda: run())()  # noqa: PLW0108 - of a bound method it would trace the object, too
        output = torch.empty_like(run())

        def replay() -> Tensor:
            self.replays += 1
            with torch.no_grad():
                return output.copy_(trace())

        return replay


def both(capture: Capture | None = None, **shape: Any) -> tuple[TransformersBackend, TransformersBackend]:
    """Return two backends over one model, the second with graphs."""
    model = tiny_model(vocab_size=VOCABULARY, sliding_window=WINDOW, **shape)
    return TransformersBackend(model), TransformersBackend(model, capture or Traces())


def canvas(rows: int, slots: int, seed: int = 0) -> Tensor:
    return torch.randint(0, VOCABULARY, (rows, slots), generator=torch.Generator().manual_seed(seed))


def assert_same(plain: TransformersBackend, graphed: TransformersBackend, ids: Tensor, cache: PrefixCache) -> None:
    expected = canvas_states(plain, ids, cache)
    torch.testing.assert_close(canvas_states(graphed, ids, cache), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("experts", [1, 4])
def test_a_replay_equals_the_pass_for_other_canvases_lengths_and_prompts(experts: int) -> None:
    traces = Traces()
    plain, graphed = both(traces, experts=experts, top_k=min(2, experts))
    canvas_states(graphed, canvas(2, 20), encoded(plain, [5]))
    for seed, (length, slots) in enumerate([(3, 20), (WINDOW - 1, 32), (WINDOW, 1), (WINDOW + 1, 20), (250, 9)]):
        cache = encoded(plain, random_ids(length, seed))
        assert_same(plain, graphed, canvas(2, slots, seed), cache)
    assert traces.captures == 1
    assert traces.replays == 1 + 5, "one to see that it repeats the pass, and one for each canvas"


def test_a_size_is_captured_when_it_comes_up_again() -> None:
    traces = Traces()
    plain, graphed = both(traces)
    cache = encoded(plain, random_ids(30, 1))
    for rows, captures in ((1, 0), (1, 1), (2, 1), (1, 1), (2, 2)):
        assert_same(plain, graphed, canvas(rows, 12), cache)
        assert traces.captures == captures


def test_padding_of_shorter_rows_stays_hidden() -> None:
    plain, graphed = both()
    cache = encoded(plain, random_ids(40, 1))
    ids = canvas(3, 12)
    for lengths in ((12, 12, 12), (12, 5, 9), (1, 12, 2), (12, 12, 12)):
        valid = torch.arange(12) < torch.tensor(lengths)[:, None]
        expected = canvas_states(plain, ids, cache, valid)
        torch.testing.assert_close(canvas_states(graphed, ids, cache, valid), expected, atol=1e-4, rtol=1e-4)


def test_a_graph_reads_what_the_prompt_is_now() -> None:
    plain, graphed = both()
    cache = encoded(plain, random_ids(60, 1))
    assert_same(plain, graphed, canvas(1, 10), cache)
    assert_same(plain, graphed, canvas(1, 10), cache)
    cache.rewind(20)
    assert_same(plain, graphed, canvas(1, 10), cache)
    plain.prefill(random_ids(40, 2), cache)
    assert cache.length == 60
    assert_same(plain, graphed, canvas(1, 10), cache)
    assert_same(plain, graphed, canvas(1, 10), encoded(plain, random_ids(60, 3)))


def test_a_longer_prompt_gets_more_room_and_shorter_ones_go_on() -> None:
    traces = Traces()
    plain, graphed = both(traces)
    short, long = (encoded(plain, random_ids(length, 1)) for length in (30, LEAST_CAPACITY + 1))
    for cache in (short, short, long, long, short, short, long):
        assert_same(plain, graphed, canvas(1, 10), cache)
    assert traces.captures == 3, "a graph that reads the smaller stage ends with it"


def test_a_whole_fill_is_the_same_with_graphs() -> None:
    plain, graphed = both()
    cache = encoded(plain, random_ids(50, 1))
    before = tuple(random_ids(6, 2))
    rows: list[list[Segment]] = [[before, Slots(slots), (9, 8)] for slots in (7, 4)]
    for _ in range(2):
        texts = [
            drafts(backend, cache, rows, settings(max_steps=6), torch.Generator().manual_seed(3))[-1].ids
            for backend in (plain, graphed)
        ]
        torch.testing.assert_close(*texts)


def test_a_pass_is_cancelled_before_it_is_replayed() -> None:
    traces = Traces()
    plain, graphed = both(traces)
    cache = encoded(plain, random_ids(30, 1))
    for _ in range(2):
        canvas_states(graphed, canvas(1, 10), cache)
    replays = traces.replays

    def cancel() -> None:
        raise KeyboardInterrupt

    graphed.between_layers = cancel
    with pytest.raises(KeyboardInterrupt):
        canvas_states(graphed, canvas(1, 10), cache)
    assert traces.replays == replays


def test_the_size_that_was_not_used_for_longest_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphs, "MOST_GRAPHS", 2)
    traces = Traces()
    plain, graphed = both(traces)
    cache = encoded(plain, random_ids(30, 1))
    for rows, captures in ((1, 0), (1, 1), (2, 1), (2, 2), (1, 2), (3, 2), (3, 3), (1, 3), (2, 4)):
        assert_same(plain, graphed, canvas(rows, 4), cache)
        assert traces.captures == captures


def _unable(run: Run) -> Run:
    raise RuntimeError("operation not permitted when stream is capturing\nand a long story")


def _stale(run: Run) -> Run:
    wrong = run() + 1.0
    return lambda: wrong


@pytest.mark.parametrize(
    ("capture", "reason"),
    [(_unable, "operation not permitted when stream is capturing"), (_stale, "a replayed pass differs by 1")],
)
def test_what_cannot_be_captured_is_said_once_and_steps_go_on(
    capture: Callable[[Run], Run], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    plain, graphed = both(capture)
    cache = encoded(plain, random_ids(30, 1))
    with caplog.at_level(logging.WARNING):
        for _ in range(4):
            assert_same(plain, graphed, canvas(1, 10), cache)
    (record,) = caplog.records
    assert record.getMessage().startswith(f"steps go on without CUDA graphs, which is slower: {reason}")
    assert "long story" not in record.getMessage()


def test_experts_that_ask_the_device_cannot_be_captured(caplog: pytest.LogCaptureFixture) -> None:
    """The proof that a trace notices what a graph cannot hold."""
    plain, graphed = both()
    graphed._model.set_experts_implementation("eager")
    cache = encoded(plain, random_ids(30, 1))
    for _ in range(3):
        assert_same(plain, graphed, canvas(1, 10), cache)
    (warning,) = (record for record in caplog.records if record.levelno == logging.WARNING)
    assert "data-dependent" in warning.getMessage()


def test_rooms_are_powers_of_two_and_windows_are_rounded_up() -> None:
    assert [capacity_for(length) for length in (1, 256, 257, 8192)] == [256, 256, 512, 8192]
    assert [columns(1024, room) for room in (256, 1024, 8192)] == [256, 1024, 1024]
    assert (columns(None, 4096), columns(1000, 4096)) == (4096, 1024)
