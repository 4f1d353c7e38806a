"""The fill that is begun before it is asked for: one at most, and only for as long as nothing else is wanted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from diffgemma_lsp.errors import DiffgemmaError, SupersededError
from diffgemma_lsp.fill import Event, Fill, FillTask
from diffgemma_lsp.lsp.engine import FillKind
from diffgemma_lsp.lsp.fills import Source
from diffgemma_lsp.repository.index import Site


@dataclass(eq=False, slots=True)
class _Stream:
    """Events of a fill that `work` runs by itself; None is their end, and `error` what it ended with."""

    task: FillTask
    site: Site | None
    on_fill: Callable[[Fill], None]
    events: asyncio.Queue[Event | None] = field(default_factory=asyncio.Queue)
    error: DiffgemmaError | None = None
    work: asyncio.Task[None] = field(init=False)


class Ahead:
    """Stands before an engine, and has perhaps begun what it is asked next. Belongs to the event loop."""

    def __init__(self, engine: Source) -> None:
        self._engine = engine
        self._stream: _Stream | None = None

    def begin(self, task: FillTask, on_fill: Callable[[Fill], None], site: Site | None = None) -> None:
        """Begin a task that nobody asked for; `on_fill` hears of its fill, if nobody has until then."""
        self.drop()
        self._stream = stream = _Stream(task, site, on_fill)
        stream.work = asyncio.create_task(self._run(stream))

    def drop(self) -> None:
        """Stop what was begun before its next step."""
        if self._stream is not None:
            self._stream.work.cancel()
        self._stream = None

    def has_begun(self, task: FillTask) -> bool:
        """Say whether a task that somebody wants now was begun; what was begun instead is dropped."""
        if self._stream is not None and self._stream.task == task:
            return True
        self.drop()
        return False

    async def fill(self, task: FillTask, *, kind: FillKind, site: Site | None = None) -> AsyncGenerator[Event, None]:
        """Yield the engine's events, from where a task is that was begun already. Raises what the engine does."""
        if self.has_begun(task) and self._stream is not None:
            stream, self._stream = self._stream, None
            try:
                async with aclosing(_events(stream)) as events:
                    async for event in events:
                        yield event
            except SupersededError:
                # The engine found something else to do, and this fill had no claim to it while it was ahead.
                pass
            else:
                return
        async with aclosing(self._engine.fill(task, kind=kind, site=site)) as events:
            async for event in events:
                yield event

    async def _run(self, stream: _Stream) -> None:
        try:
            async with aclosing(self._engine.fill(stream.task, kind="ahead", site=stream.site)) as events:
                async for event in events:
                    stream.events.put_nowait(event)
                    if isinstance(event, Fill) and self._stream is stream:
                        stream.on_fill(event)
        except DiffgemmaError as error:
            # Nobody asked, so nobody is told, unless somebody does until then.
            stream.error = error
        finally:
            stream.events.put_nowait(None)
            if self._stream is stream:
                self._stream = None


async def _events(stream: _Stream) -> AsyncGenerator[Event, None]:
    try:
        while (event := await stream.events.get()) is not None:
            yield event
    finally:
        stream.work.cancel()
    if stream.error is not None:
        raise stream.error
