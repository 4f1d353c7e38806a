"""The engine, told what stands in places like the one that is to be filled."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace

from diffgemma_lsp.fill import Event, FillTask
from diffgemma_lsp.lsp.engine import Engine, FillKind
from diffgemma_lsp.repository.index import Site
from diffgemma_lsp.text.precedents import Precedent


class Informed:
    """Stands before an engine, and gives it with each task the precedents that `look` finds for its site."""

    def __init__(self, engine: Engine, look: Callable[[Site], Awaitable[tuple[Precedent, ...]]]) -> None:
        self._engine = engine
        self._look = look

    async def fill(self, task: FillTask, *, kind: FillKind, site: Site | None = None) -> AsyncGenerator[Event, None]:
        """Yield the engine's events. Raises what the engine does."""
        if site is not None:
            task = replace(task, precedents=await self._look(site))
        async with aclosing(self._engine.fill(task, kind=kind)) as events:
            async for event in events:
                yield event
