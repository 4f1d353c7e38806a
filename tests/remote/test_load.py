"""Many editors on one server."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from diffgemma_lsp.engine.memory import resident_bytes
from diffgemma_lsp.fill import Fill, FillTask, Hole
from diffgemma_lsp.remote.config import Limits
from diffgemma_lsp.remote.filler import RemoteFiller
from tests.remote.fillers import RAW, config_for, profile_for
from tests.remote.vllm_server import VllmDouble, serving

EDITORS = 64
KEYS = 8
CAPACITY = 24
MOST_BYTES = 100 << 20


def marker_before_hole(read: str) -> str:
    return str(re.findall(r"e\d+k\d+", read.partition("⟨hole⟩")[0])[-1])


def tasks(editor: int) -> Iterator[tuple[str, FillTask]]:
    """Yield what somebody types, and what has to come back for it."""
    for key in range(KEYS):
        marker = f"e{editor}k{key}"
        yield marker, FillTask((f"# {marker}\n", Hole(), "\n"), path=f"/src/{editor}.py")


def type_on(filler: RemoteFiller, editor: int, start: threading.Barrier) -> int:
    """Type without a pause, every other task superseded before it is answered; return how many were answered."""
    start.wait()
    answered = 0
    for number, (marker, task) in enumerate(tasks(editor)):
        events = filler.fill(task)
        if number % 2 == 0 and number < KEYS - 1:
            next(events)
            events.close()
            continue
        *_, fill = events
        assert isinstance(fill, Fill)
        assert fill.candidates[0].texts == (marker,), "the answer is that of this editor's task"
        answered += 1
    return answered


@pytest.mark.timeout(120)
def test_sixty_four_editors_type_at_once_on_a_slow_server() -> None:
    double = VllmDouble(RAW, marker_before_hole, delay_seconds=0.05, capacity=CAPACITY, waits_for_overload=True)
    limits = Limits(answer_seconds=30.0, retries=10)
    with serving(double), ThreadPoolExecutor(EDITORS) as pool:
        fillers = [
            RemoteFiller(config_for(double.url, limits=limits), "", RAW, profile_for(RAW)) for _ in range(EDITORS)
        ]
        before = resident_bytes()
        start = threading.Barrier(EDITORS)
        typing = [pool.submit(type_on, filler, editor, start) for editor, filler in enumerate(fillers)]
        assert [editor.result() for editor in typing] == [KEYS // 2] * EDITORS
        grown = resident_bytes() - before
        for filler in fillers:
            filler.close()
    assert grown < MOST_BYTES
    assert double.most_open == CAPACITY
    assert double.overloaded > 0
    assert double.refused == []
    assert double.open == 0
