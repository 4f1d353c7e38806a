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
    wish: Wish
    work: asyncio.Task[Fill]
    called_off: End | None = None


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

        Cancelling the caller's task calls the wish off and raises CancelledError. Raises an error of the tree where the
        engine cannot do it.
        """
        running = _Running(wish, asyncio.create_task(self._consume(wish, watchers)))
        self._running[wish.id] = running
        end: End = "failed"
        try:
            fill = await running.work
            end = "filled"
        except asyncio.CancelledError:
            end = running.called_off or "cancelled"
            if running.called_off is None:
                raise
            return None
        except SupersededError:
            # The engine has other clients, and an open document may be in two of them.
            end = "superseded"
            return None
        else:
            return fill
        finally:
            del self._running[wish.id]
            for watcher in watchers:
                watcher.end(end)

    def supersede_completion(self, uri: str) -> None:
        """Stop the running completion of a document, for which a newer request came."""
        self.call_off(lambda wish: wish.purpose == "completion" and wish.snapshot.uri == uri, "superseded")

    def call_off(self, is_meant: Callable[[Wish], bool], end: End = "cancelled") -> int:
        """Stop the running wishes that are meant before their next step; return how many."""
        meant = [running for running in self._running.values() if is_meant(running.wish)]
        for running in meant:
            running.called_off = running.called_off or end
            running.work.cancel()
        return len(meant)

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
