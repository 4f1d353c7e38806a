"""Two fillers as one: the second fills while the first cannot."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import closing

from diffgemma_lsp.errors import DiffgemmaError
from diffgemma_lsp.fill.events import Event, Progress
from diffgemma_lsp.fill.filler import Filler
from diffgemma_lsp.fill.task import FillTask

_PAUSE_SECONDS = 30.0

Report = Callable[[Progress], None]


class FallbackFiller:
    """Asks `first`; where that raises one of `lost` or `denied`, what `open_second` opens fills instead.

    After one of `lost` the first is left alone for half a minute, so that not every fill waits for it in vain; one of
    `denied` is about its task alone. `clock` returns seconds.
    """

    def __init__(
        self,
        first: Filler,
        open_second: Callable[[Report], Filler],
        *,
        lost: type[DiffgemmaError],
        denied: type[DiffgemmaError],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = first.name
        self.follows_instructions = first.follows_instructions
        self._first = first
        self._open_second = open_second
        self._lost = lost
        self._denied = denied
        self._clock = clock
        self._second: Filler | None = None
        self._reason: DiffgemmaError | None = None
        self._lost_until = 0.0

    @property
    def place(self) -> str:
        """Where the first filler computes, where it says so."""
        return str(getattr(self._first, "place", ""))

    @property
    def note(self) -> str:
        """Why the second filler fills, else what the first one has to say."""
        if self._reason is not None:
            second = self._second.name if self._second else "another model"
            return f"{second} fills on this machine instead: {self._reason}"
        return str(getattr(self._first, "note", ""))

    def fill(self, task: FillTask) -> Generator[Event, None, None]:
        """Yield the events of whoever fills. Raises the second filler's errors."""
        if self._reason is None or self._clock() >= self._lost_until:
            try:
                with closing(self._first.fill(task)) as events:
                    yield from events
            except self._lost as error:
                self._reason = error
                self._lost_until = self._clock() + _PAUSE_SECONDS
            except self._denied:
                pass
            else:
                self._reason = None
                return
        if self._second is None:
            yield Progress("loading", 0, 1)
            self._second = self._open_second(lambda _: None)
        yield from self._second.fill(task)

    def close(self) -> None:
        """Let go of what both hold."""
        for filler in (self._first, self._second):
            getattr(filler, "close", lambda: None)()
