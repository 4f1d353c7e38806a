"""Requests that run while somebody asks how far they are, and end when nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator, Sequence
from typing import Any, TypeAlias, TypeVar

_LONGEST_SECONDS = 0.05

_Result = TypeVar("_Result")
Outcome: TypeAlias = _Result | BaseException | None


def run_together(
    runner: asyncio.Runner, work: Sequence[Coroutine[Any, Any, _Result]]
) -> Generator[list[Outcome[_Result]], None, None]:
    """Yield what has come of `work` so far, in its order: results, errors, None where nothing has; last all of it.

    The event loop moves only while the next item is awaited, for 50 ms at most, so one thread is enough and whoever
    advances a filler looks around in between. Once this is closed, what is under way is cancelled, which closes its
    connections.
    """
    tasks = runner.run(_begin(work))
    try:
        is_over = False
        while not is_over:
            is_over = runner.run(_wait(tasks))
            yield [_outcome(task) for task in tasks]
    finally:
        runner.run(_cancel(tasks))


async def _begin(work: Sequence[Coroutine[Any, Any, _Result]]) -> list[asyncio.Task[_Result]]:
    return [asyncio.create_task(part) for part in work]


async def _wait(tasks: Sequence[asyncio.Task[_Result]]) -> bool:
    """Wait for the next task to end, shortly, and say whether all have."""
    pending = [task for task in tasks if not task.done()]
    if pending:
        _, rest = await asyncio.wait(pending, timeout=_LONGEST_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        return not rest
    return True


async def _cancel(tasks: Sequence[asyncio.Task[_Result]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _outcome(task: asyncio.Task[_Result]) -> Outcome[_Result]:
    if not task.done():
        return None
    return task.exception() or task.result()
