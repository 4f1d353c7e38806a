"""A fill that is begun before it is asked for, with an engine whose events the test sends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

import pytest

from diffgemma_lsp.errors import DiffgemmaError, EngineError, SupersededError
from diffgemma_lsp.fill import Candidate, Draft, Event, Fill, FillTask, Hole, Timings
from diffgemma_lsp.lsp.ahead import Ahead
from diffgemma_lsp.lsp.engine import EngineStatus, FillKind
from diffgemma_lsp.repository.index import Site

pytestmark = pytest.mark.asyncio

TASK, OTHER = FillTask(("x = ", Hole())), FillTask(("y = ", Hole()))
DRAFT = Draft(0, 2, ((),))
FILL = Fill((Candidate(((),), 0.5, 0.0, 1, "stable"),), Timings(0, 0, 0, 0, 8, 2), "told")


class Told:
    """An engine that yields what it is told, task by task. `asked` and `closed` say what became of them."""

    def __init__(self) -> None:
        self.asked: list[tuple[FillTask, FillKind]] = []
        self.closed: list[FillTask] = []
        self._tells: list[asyncio.Queue[Event | DiffgemmaError]] = []

    async def fill(self, task: FillTask, *, kind: FillKind, site: Site | None = None) -> AsyncGenerator[Event, None]:
        self.asked.append((task, kind))
        self._tells.append(asyncio.Queue())
        events = self._tells[-1]
        try:
            while True:
                event = await events.get()
                if isinstance(event, DiffgemmaError):
                    raise event
                yield event
        finally:
            self.closed.append(task)

    async def tell(self, *events: Event | DiffgemmaError, task: int = -1) -> None:
        """Send events of a task, and let all who wait for them take them."""
        for event in events:
            self._tells[task].put_nowait(event)
        await settle()

    def listen(self, tell: Callable[[str], None]) -> None: ...

    async def status(self) -> EngineStatus:
        return EngineStatus("ready")

    async def restart(self) -> None: ...

    async def close(self) -> None: ...


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def collect(ahead: Ahead, task: FillTask) -> list[Event]:
    events = []
    async for event in ahead.fill(task, kind="automatic"):
        events.append(event)
        if isinstance(event, Fill):
            break
    return events


async def test_a_fill_that_nobody_asked_for_is_handed_over_once() -> None:
    told, fills = Told(), list[Fill]()
    ahead = Ahead(told)
    ahead.begin(TASK, fills.append)
    await settle()
    await told.tell(DRAFT, FILL)
    assert told.asked == [(TASK, "ahead")]
    assert fills == [FILL]


async def test_who_asks_for_what_was_begun_gets_all_of_it() -> None:
    told, fills = Told(), list[Fill]()
    ahead = Ahead(told)
    ahead.begin(TASK, fills.append)
    await settle()
    await told.tell(DRAFT)
    asking = asyncio.create_task(collect(ahead, TASK))
    await settle()
    await told.tell(FILL)
    assert await asking == [DRAFT, FILL]
    assert told.asked == [(TASK, "ahead")]
    assert fills == [], "it was asked for meanwhile"


async def test_who_asks_for_something_else_ends_it_first() -> None:
    told = Told()
    ahead = Ahead(told)
    ahead.begin(TASK, lambda _: None)
    await settle()
    asking = asyncio.create_task(collect(ahead, OTHER))
    await settle()
    assert told.closed == [TASK]
    await told.tell(FILL)
    assert await asking == [FILL]
    assert told.asked == [(TASK, "ahead"), (OTHER, "automatic")]


async def test_what_the_engine_superseded_is_asked_for_again_by_who_wants_it() -> None:
    told = Told()
    ahead = Ahead(told)
    ahead.begin(TASK, lambda _: None)
    await settle()
    asking = asyncio.create_task(collect(ahead, TASK))
    await settle()
    await told.tell(DRAFT, SupersededError("another window asked"))
    await told.tell(DRAFT, FILL)
    assert await asking == [DRAFT, DRAFT, FILL]
    assert told.asked == [(TASK, "ahead"), (TASK, "automatic")]


async def test_an_error_is_told_to_nobody_but_who_asks() -> None:
    told = Told()
    ahead = Ahead(told)
    ahead.begin(TASK, lambda _: None)
    await settle()
    await told.tell(EngineError("it broke"))
    assert not ahead.has_begun(TASK)
    ahead.begin(TASK, lambda _: None)
    await settle()
    asking = asyncio.create_task(collect(ahead, TASK))
    await settle()
    await told.tell(EngineError("it broke again"))
    with pytest.raises(EngineError, match="it broke again"):
        await asking


async def test_who_stops_asking_stops_what_was_begun() -> None:
    told = Told()
    ahead = Ahead(told)
    ahead.begin(TASK, lambda _: None)
    await settle()
    asking = asyncio.create_task(collect(ahead, TASK))
    await settle()
    asking.cancel()
    await settle()
    assert told.closed == [TASK]
