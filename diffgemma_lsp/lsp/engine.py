"""Whoever fills, as the language server sees it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from diffgemma_lsp.errors import DiffgemmaError
from diffgemma_lsp.fill import Event, FillTask

# What is ahead of any request makes way for everything else.
FillKind = Literal["explicit", "automatic", "ahead"]
EngineState = Literal["stopped", "loading", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """`message` says why there is no engine, or how loading goes; empty where there is nothing to say.

    `follows_instructions` is None while nothing is known of the model. `error` is what kept the engine from answering.
    `sends_to` names the server to which text leaves this machine, empty where it stays.
    """

    state: EngineState
    model: str = ""
    follows_instructions: bool | None = None
    message: str = ""
    error: DiffgemmaError | None = None
    sends_to: str = ""


class Engine(Protocol):
    """Fills tasks for one language server; belongs to its event loop."""

    def listen(self, tell: Callable[[str], None]) -> None:
        """Have `tell` hear, in a sentence each, what happens to the engine and is worth a line in a log."""
        ...

    def fill(self, task: FillTask, *, kind: FillKind) -> AsyncGenerator[Event, None]:
        """Yield progress and drafts, and end with exactly one `Fill`. Closing it abandons the task.

        Raises an error of `diffgemma_lsp.errors` where the task cannot be done or nobody is there to do it.
        """
        ...

    async def status(self) -> EngineStatus:
        """Return how the engine is; never raises an error of the tree."""
        ...

    async def restart(self) -> None:
        """Stop the engine and start a fresh one. Raises an error of the tree where that is not possible."""
        ...

    async def close(self) -> None:
        """Let go of what is held; the engine itself may live on for others."""
        ...
