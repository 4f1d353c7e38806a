"""The answer to one task: server-sent events, for as long as somebody listens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress

from starlette.types import Receive, Scope, Send

from diffgemma_lsp.engine.backlog import Backlog, Item
from diffgemma_lsp.engine.client.failure import error_to_plain
from diffgemma_lsp.errors import DiffgemmaError
from diffgemma_lsp.fill import Fill
from diffgemma_lsp.fill.wire import event_to_plain

PULSE_SECONDS = 5.0
_PULSE = b": alive\n\n"
_HEADERS = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]


class EventStream:
    """An ASGI response that passes on what `emit` takes, up to a fill or an error, and then calls `close`.

    `close` is called when the listener hangs up, too. `emit` may be called from any thread, everything else belongs
    to the event loop on which the stream was made. While there is nothing to pass on a comment is sent every
    `pulse_seconds`, so that a listener can tell an engine that works from one that hangs.
    """

    def __init__(self, close: Callable[[], None], pulse_seconds: float = PULSE_SECONDS) -> None:
        self._close = close
        self._pulse_seconds = pulse_seconds
        self._loop = asyncio.get_running_loop()
        self._backlog = Backlog()

    def emit(self, item: Item) -> None:
        """Pass on an event, or the error that ends the stream. A listener that is slow hears the newest drafts only."""
        # The loop may have ended before the worker noticed.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._backlog.put, item)

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""
        watcher = asyncio.create_task(self._watch(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            while (item := await self._next(send)) is not None:
                is_last = isinstance(item, Fill | DiffgemmaError)
                await send({"type": "http.response.body", "body": _encode(item), "more_body": not is_last})
                if is_last:
                    break
        except OSError:
            pass  # the listener is gone
        finally:
            watcher.cancel()
            self._close()

    async def _next(self, send: Send) -> Item | None:
        while True:
            try:
                async with asyncio.timeout(self._pulse_seconds):
                    return await self._backlog.take()
            except TimeoutError:
                await send({"type": "http.response.body", "body": _PULSE, "more_body": True})

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._backlog.close()


def _encode(item: Item) -> bytes:
    plain = error_to_plain(item) if isinstance(item, DiffgemmaError) else event_to_plain(item)
    # ASCII, so that no character of a text can end the line.
    return f"event: {plain['type']}\ndata: {json.dumps(plain, allow_nan=False)}\n\n".encode("ascii")
