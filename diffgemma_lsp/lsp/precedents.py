"""What stands in places like the cursor's, found beside the event loop, so that nothing waits for a file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

from diffgemma_lsp.repository.index import ReadingState, Site
from diffgemma_lsp.repository.shelf import Shelf
from diffgemma_lsp.text.precedents import Precedent

# A completion waits no longer than this: what it misses, the next one has.
_PATIENCE_SECONDS = 0.2
# Between two files, so that reading many of them is not felt.
_PAUSE_SECONDS = 0.001

_Result = TypeVar("_Result")
PrecedentState = Literal["off"] | ReadingState


@dataclass(slots=True)
class Precedents:
    """Asks a shelf that belongs to a thread of its own. Belongs to the event loop."""

    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "precedents"))
    _shelf: Shelf = field(default_factory=lambda: Shelf(0))
    _reading: asyncio.Task[None] | None = None

    async def at(
        self, site: Site, shown: Mapping[Path, str], folders: Sequence[Path], most_lines: int
    ) -> tuple[Precedent, ...]:
        """Return the precedents of a site, best first; none where finding them would take too long.

        `shown` are the open documents by path, `folders` those of the workspace. At most `most_lines` lines are held; 0
        switches precedents off: then there are none, and what was read is forgotten.
        """
        if most_lines != self._shelf.most_lines:
            self._shelf = Shelf(most_lines)
        if most_lines == 0:
            return ()
        look = self._in_thread(_look, self._shelf, site, shown, folders)
        try:
            # Not `wait_for`, which before Python 3.12 drops a cancellation that comes in the moment of the answer.
            async with asyncio.timeout(_PATIENCE_SECONDS):
                found, is_behind = await look
        except TimeoutError:
            found, is_behind = (), True
        if is_behind and (self._reading is None or self._reading.done()):
            self._reading = asyncio.create_task(self._read(self._shelf))
        return found

    async def facts(self) -> tuple[PrecedentState, int]:
        """Return how far reading is, and how many lines are held."""
        shelf = self._shelf
        if shelf.most_lines == 0:
            return "off", 0
        return await self._in_thread(lambda: (shelf.state, shelf.lines))

    def close(self) -> None:
        """Stop reading; what is being read is left behind."""
        if self._reading is not None:
            self._reading.cancel()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _read(self, shelf: Shelf) -> None:
        while shelf is self._shelf and await self._in_thread(shelf.step):
            await asyncio.sleep(_PAUSE_SECONDS)

    def _in_thread(self, work: Callable[..., _Result], *arguments: object) -> asyncio.Future[_Result]:
        return asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)


def _look(
    shelf: Shelf, site: Site, shown: Mapping[Path, str], folders: Sequence[Path]
) -> tuple[tuple[Precedent, ...], bool]:
    """Return the precedents of a site, and whether there is more to read."""
    return shelf.precedents(site, shown, folders), shelf.state == "reading"
