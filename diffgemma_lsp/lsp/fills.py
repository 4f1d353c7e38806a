"""Running fills: one engine, many wishes, and everything that may call one of them off."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal, Protocol

from diffgemma_lsp.errors import EngineError, SupersededError
from diffgemma_lsp.fill import Event, Fill, FillTask
from diffgemma_lsp.lsp.engine import FillKind
from diffgemma_lsp.lsp.snapshot import Snapshot
from diffgemma_lsp.repository.index import Site

# How a task ends: with a fill, called off by the editor, by a newer task of its document, or by an error.
End = Literal["filled", "cancelled", "superseded", "failed"]
Purpose = Literal["completion", "fill", "fillHoles", "rewrite"]


@dataclass(frozen=True, slots=True)
class Wish:
    """A task for a document at one version. `id` is unique in this server.

    `delay_seconds` pass before the engine hears of it, so that a wish that is superseded at once costs nothing. `site`
    is where an only hole of a file stands.
    """

    id: str
    purpose: Purpose
    kind: FillKind
    snapshot: Snapshot
    task: FillTask
    delay_seconds: float = 0.0
    site: Site | None = None

    def is_like(self, other: Wish) -> bool:
        """Say whether two completions are the same question; edits are made for each order anew."""
        return (self.purpose, self.kind, self.task) == ("completion", other.kind, other.task) and (
            self.snapshot == other.snapshot
        )


class Watcher(Protocol):
    """Hears what becomes of a wish; `end` is always the last call, and the only one that always comes."""

    def event(self, event: Event) -> None:
        """Hear of progress, a draft or the fill."""
        ...

    def end(self, end: End) -> None:
        """Hear how it ended."""
        ...


class Source(Protocol):
    """Whoever fills: an engine, or what stands before it."""

    def fill(self, task: FillTask, *, kind: FillKind, site: Site | None = None) -> AsyncGenerator[Event, None]:
        """Yield events up to the fill, as an `Engine` does."""
        ...


@dataclass(slots=True)
class _Running:
    """A wish at work, and how many callers wait for it."""

    wish: Wish
    work: asyncio.Task[Fill]
    waiting: int = 0
    called_off: End | None = None

    def call_off(self, end: End) -> None:
        self.called_off = self.called_off or end
        self.work.cancel()

    @property
    def end(self) -> End:
        """How the work that is done has ended."""
        if self.work.cancelled():
            return self.called_off or "cancelled"
        error = self.work.exception()
        # The engine has other clients, and an open document may be in two of them.
        return "superseded" if isinstance(error, SupersededError) else "failed" if error else "filled"


@dataclass(slots=True)
class Fills:
    """The running fills of one editor window. Belongs to the event loop.

    `follows_instructions` is what the model last said of itself, None before it did.
    """

    source: Source
    follows_instructions: bool | None = None
    _running: dict[str, _Running] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def count(self) -> int:
        """How many fills run."""
        return len(self._running)

    def new_id(self) -> str:
        """Return an id that no other wish of this server has."""
        return f"fill-{next(self._numbers)}"

    async def run(self, wish: Wish, watchers: Sequence[Watcher] = ()) -> Fill | None:
        """Return the fill, None where the wish was called off.

        A wish that is like a running one joins it, and has no watchers of its own. Cancelling the caller's task raises
        CancelledError, and calls the wish off where nobody else waits for it. Raises an error of the tree where the
        engine cannot do it.
        """
        running = self._like(wish) or self._begin(wish, watchers)
        running.waiting += 1
        try:
            return await asyncio.shield(running.work)
        except asyncio.CancelledError:
            if running.called_off is None:
                raise
            return None
        except SupersededError:
            return None
        finally:
            running.waiting -= 1
            if not running.waiting:
                running.call_off("cancelled")

    def supersede_completions(self, uri: str, but_like: Wish | None = None) -> None:
        """Stop the running completions of a document, for which a newer request came, but one that is like it."""

        def is_meant(wish: Wish) -> bool:
            is_completion = wish.purpose == "completion" and wish.snapshot.uri == uri
            return is_completion and not (but_like and wish.is_like(but_like))

        self.call_off(is_meant, "superseded")

    def call_off(self, is_meant: Callable[[Wish], bool], end: End = "cancelled") -> int:
        """Stop the running wishes that are meant before their next step; return how many."""
        meant = [running for running in self._running.values() if is_meant(running.wish)]
        for running in meant:
            running.call_off(end)
        return len(meant)

    def _like(self, wish: Wish) -> _Running | None:
        alive = (running for running in self._running.values() if running.called_off is None)
        return next((running for running in alive if wish.is_like(running.wish)), None)

    def _begin(self, wish: Wish, watchers: Sequence[Watcher]) -> _Running:
        running = _Running(wish, asyncio.create_task(self._consume(wish, watchers)))
        self._running[wish.id] = running

        def finish(work: asyncio.Task[Fill]) -> None:  # noqa: ARG001
            del self._running[wish.id]
            for watcher in watchers:
                watcher.end(running.end)

        # Added before anybody waits, so that watchers hear the end before the answer is given.
        running.work.add_done_callback(finish)
        return running

    async def _consume(self, wish: Wish, watchers: Sequence[Watcher]) -> Fill:
        await asyncio.sleep(wish.delay_seconds)
        async with aclosing(self.source.fill(wish.task, kind=wish.kind, site=wish.site)) as events:
            async for event in events:
                for watcher in watchers:
                    watcher.event(event)
                if isinstance(event, Fill):
                    self.follows_instructions = event.follows_instructions
                    return event
        raise EngineError("the engine hung up before it was done; ask again")
