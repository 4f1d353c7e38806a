"""The stream of one fill, read: events, until the fill or an error ends them."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator

from diffgemma_lsp.engine.client.failure import error_from_plain
from diffgemma_lsp.errors import DiffgemmaError, EngineError, EngineUnavailableError
from diffgemma_lsp.fill import Event, Fill
from diffgemma_lsp.fill.wire import event_from_plain

_DATA = b"data: "


async def read_events(lines: AsyncIterator[bytes]) -> AsyncGenerator[Event, None]:
    """Yield what the lines of a stream of server-sent events say, up to the fill.

    One line holds one event, because JSON in ASCII has no line ends. Raises the error that ends a stream instead of a
    fill, EngineUnavailableError where it just ends.
    """
    async for line in lines:
        if not line.startswith(_DATA):
            continue
        item = _read_item(line.removeprefix(_DATA).rstrip().decode("utf-8", "replace"))
        if isinstance(item, Fill | DiffgemmaError):
            # Only a connection whose answer was read to its end can serve the next request.
            async for _ in lines:
                pass
        if isinstance(item, DiffgemmaError):
            raise item
        yield item
        if isinstance(item, Fill):
            return
    raise EngineUnavailableError("the engine ended in the middle of a fill; ask again, and it is started again")


def _read_item(data: str) -> Event | DiffgemmaError:
    try:
        plain = json.loads(data)
    except ValueError as error:
        raise EngineError(f"the engine sent no JSON: {data[:80]!r}; restart it") from error
    is_error = isinstance(plain, dict) and plain.get("type") == "error"
    return error_from_plain(plain) if is_error else event_from_plain(plain)
