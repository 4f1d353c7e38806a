"""The resident engine behind the engine's contract; started by the first fill, shared with other windows."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from diffgemma_lsp.engine.client.facts import ModelFacts
from diffgemma_lsp.errors import DiffgemmaError, EngineUnavailableError
from diffgemma_lsp.fill import Event, FillTask
from diffgemma_lsp.lsp.engine import EngineState, EngineStatus, FillKind

if TYPE_CHECKING:
    from diffgemma_lsp.engine.client.engine_client import EngineClient
    from diffgemma_lsp.engine.client.status import EngineStatus as ClientStatus

# Takes whom to tell that an engine was started.
Connect = Callable[[Callable[[str], None]], "EngineClient"]

logger = logging.getLogger(__name__)

_STATES: dict[str, EngineState] = {"loading": "loading", "ready": "ready", "failed": "failed", "unloaded": "stopped"}


class ResidentEngine:
    """Asks through a client that is made when it is first needed, because its HTTP library takes a while to load.

    `describe` returns what is known of the model without an engine, None where that is nothing, and raises an error of
    the tree where there can be no such model. It is called in a thread.
    """

    def __init__(self, connect: Connect, describe: Callable[[], ModelFacts | None] = lambda: None) -> None:
        self._connect = connect
        self._describe = describe
        self._connected: EngineClient | None = None
        self._id = uuid.uuid4().hex
        self._tell: Callable[[str], None] = logger.info

    def listen(self, tell: Callable[[str], None]) -> None:
        """Have `tell` hear of each start of the engine."""
        self._tell = tell

    async def fill(self, task: FillTask, *, kind: FillKind) -> AsyncGenerator[Event, None]:
        """Yield what the engine answers. Raises its errors, EngineUnavailableError where it cannot be started."""
        async with aclosing(self._client.fill(task, kind=kind, client_id=self._id)) as events:
            async for event in events:
                yield event

    async def status(self) -> EngineStatus:
        """Return how the engine is; it is not started for that."""
        try:
            status = await self._client.status()
        except EngineUnavailableError as error:
            return await self._stopped(str(error))
        except DiffgemmaError as error:
            return EngineStatus("failed", message=str(error), error=error)
        facts = status.facts
        return EngineStatus(
            state=_STATES[status.state.name],
            model=status.model if facts is None else facts.name,
            follows_instructions=None if facts is None else facts.follows_instructions,
            message=_message(status),
            sends_to="" if facts is None else facts.sends_to,
        )

    async def restart(self) -> None:
        """End the engine and start a fresh one; other windows lose theirs, and get the new one as well."""
        await self._client.restart()

    async def close(self) -> None:
        """Hang up."""
        if self._connected is not None:
            await self._connected.close()

    async def _stopped(self, message: str) -> EngineStatus:
        try:
            facts = await asyncio.to_thread(self._describe)
        except DiffgemmaError as error:
            return EngineStatus("failed", message=str(error), error=error)
        if facts is None:
            return EngineStatus("stopped", message=message)
        return EngineStatus("stopped", facts.name, facts.follows_instructions, message, sends_to=facts.sends_to)

    @property
    def _client(self) -> EngineClient:
        if self._connected is None:
            self._connected = self._connect(self._tell)
        return self._connected


def _message(status: ClientStatus) -> str:
    state = status.state
    if state.name == "loading" and state.total:
        return f"loading, {100 * state.done // state.total} %"
    return state.name if state.name == "loading" else state.reason or status.note
