"""What the listener of one task has not been sent yet."""

from __future__ import annotations

import asyncio

from diffgemma_lsp.errors import DiffgemmaError
from diffgemma_lsp.fill import Draft, Event, Progress

Item = Event | DiffgemmaError

_END = "end"


class Backlog:
    """Holds the newest draft, the newest progress of each stage, and the end, whatever a slow listener misses between.

    An end is a fill or an error; what comes after it is dropped. It belongs to one event loop.
    """

    def __init__(self) -> None:
        # By kind, in the order in which they came.
        self._items: dict[str, Item] = {}
        self._news = asyncio.Event()
        self._has_end = False
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Item) -> None:
        """Take an item in, in place of an older one of its kind."""
        if self._has_end:
            return
        kind = _kind(item)
        self._items.pop(kind, None)
        self._items[kind] = item
        self._has_end = kind == _END
        self._news.set()

    def close(self) -> None:
        """Let go of everything: nobody listens any more."""
        self._is_closed = True
        self._news.set()

    async def take(self) -> Item | None:
        """Wait for the next item and return it, None once it is closed."""
        while not self._items and not self._is_closed:
            self._news.clear()
            await self._news.wait()
        return None if self._is_closed else self._items.pop(next(iter(self._items)))


def _kind(item: Item) -> str:
    if isinstance(item, Progress):
        return item.stage
    return "draft" if isinstance(item, Draft) else _END
