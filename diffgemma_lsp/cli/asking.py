"""A fill by the engine that runs, or by a filler in this process where none does."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator

from diffgemma_lsp.cli.fillers import FILLERS, Report
from diffgemma_lsp.engine.client.address import address_of, is_answered
from diffgemma_lsp.engine.client.paths import paths_of
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.errors import EngineUnavailableError
from diffgemma_lsp.fill import Event, FillTask


def fill_events(
    spec: EngineSpec, task: FillTask, report: Report, note: Callable[[str], None], *, starts: bool
) -> Generator[Event, None, None]:
    """Yield what the engine of `spec` answers, which is started if `starts` says so, or else a filler of its kind.

    `report` is told how loading in this process goes, `note` when an engine was started. Closing cancels the task.
    """
    kind, runs = FILLERS[spec.engine], is_running(spec)
    if not runs:
        # What cannot be loaded is refused at once, not after the seconds that a start or an import takes.
        kind.describe(spec.model)
    if starts or runs:
        yield from _ask(spec, task, note, starts=starts)
    else:
        filler = kind.opened(spec.model, report, spec.scheme)
        try:
            yield from filler.fill(task)
        finally:
            getattr(filler, "close", lambda: None)()


def is_running(spec: EngineSpec) -> bool:
    """Say whether an engine answers; one whose folder others could write to does not count."""
    try:
        address = address_of(paths_of(spec))
    except EngineUnavailableError:
        return False
    return address is not None and is_answered(address)


def _ask(
    spec: EngineSpec, task: FillTask, note: Callable[[str], None], *, starts: bool
) -> Generator[Event, None, None]:
    import asyncio

    from diffgemma_lsp.engine.client.engine_client import EngineClient

    client = EngineClient(spec, starts=starts, notify=note)
    events = client.fill(task, client_id=f"command {os.getpid()}")

    async def step() -> Event | None:
        return await anext(events, None)

    async def hang_up() -> None:
        await events.aclose()
        await client.close()

    with asyncio.Runner() as runner:
        try:
            while (event := runner.run(step())) is not None:
                yield event
        finally:
            runner.run(hang_up())
