"""A filler of this process behind the engine's contract: each fill runs on a thread, one fill at a time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import closing, suppress

from diffgemma_lsp.fill import Event, Fill, Filler, FillTask
from diffgemma_lsp.lsp.engine import EngineStatus, FillKind


class ThreadedEngine:
    """Advances a filler's generator on a daemon thread, so that neither a step nor an exit waits for the other."""

    def __init__(self, filler: Filler) -> None:
        self._filler = filler
        self._turn = threading.Lock()

    def listen(self, tell: Callable[[str], None]) -> None:
        """Do nothing: nothing ever happens to this engine."""

    async def fill(self, task: FillTask, *, kind: FillKind) -> AsyncGenerator[Event, None]:  # noqa: ARG002
        """Yield the filler's events; once this is closed, the filler is closed before its next step."""
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[Event | Exception] = asyncio.Queue()
        is_over = threading.Event()

        def report(event: Event | Exception) -> None:
            # The loop of a server that has ended is closed, and nobody is left to hear.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(events.put_nowait, event)

        def work() -> None:
            try:
                with self._turn, closing(self._filler.fill(task)) as steps:
                    while not is_over.is_set() and (event := next(steps, None)) is not None:
                        report(event)
            except Exception as error:
                report(error)

        threading.Thread(target=work, name="filler", daemon=True).start()
        try:
            while True:
                event = await events.get()
                if isinstance(event, Exception):
                    raise event
                yield event
                if isinstance(event, Fill):
                    return
        finally:
            is_over.set()

    async def status(self) -> EngineStatus:
        """Return that the filler is there."""
        return EngineStatus("ready", self._filler.name, self._filler.follows_instructions)

    async def restart(self) -> None:
        """Do nothing: the filler keeps no state between fills."""

    async def close(self) -> None:
        """Do nothing: a fill that nobody hears any more ends by itself."""
