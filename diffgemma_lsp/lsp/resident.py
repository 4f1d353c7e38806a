"""The resident engine behind the engine's contract; started by the first fill, shared with other windows."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from diffgemma_lsp.errors import EngineUnavailableError
from diffgemma_lsp.fill import Event, FillTask
from diffgemma_lsp.lsp.engine import EngineState, EngineStatus, FillKind

if TYPE_CHECKING:
    from diffgemma_lsp.engine.client.engine_client import EngineClient

_STATES: dict[str, EngineState] = {"loading": "loading", "ready": "ready", "failed": "failed", "unloaded": "stopped"}


class ResidentEngine:
    """Asks through a client that is made when it is first needed, because its HTTP library takes a while to load."""

    def __init__(self, connect: Callable[[], EngineClient]) -> None:
        self._connect = connect
        self._connected: EngineClient | None = None
        self._id = uuid.uuid4().hex

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
            return EngineStatus("stopped", message=str(error))
        state = status.state
        message = f"loading, {state.done} of {state.total} parts" if state.name == "loading" else state.reason
        return EngineStatus(_STATES[state.name], status.model, message=message)

    async def restart(self) -> None:
        """End the engine and start a fresh one; other windows lose theirs, and get the new one as well."""
        await self._client.restart()

    async def close(self) -> None:
        """Hang up."""
        if self._connected is not None:
            await self._connected.close()

    @property
    def _client(self) -> EngineClient:
        if self._connected is None:
            self._connected = self._connect()
        return self._connected
