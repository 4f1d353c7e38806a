"""One request on its way through the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from diffgemma_lsp.engine.client.request import FillRequest
from diffgemma_lsp.errors import DiffgemmaError, SupersededError
from diffgemma_lsp.fill import Event

Abandonment = Literal["cancelled", "superseded"]


@dataclass(eq=False, slots=True)
class Job:
    """A request, and `emit`, which takes its events and at most one error, from any thread.

    It came at `arrived`, in seconds of a monotonic clock. `abandoned` says why nobody wants it any more; it is read
    before each step.
    """

    request: FillRequest
    emit: Callable[[Event | DiffgemmaError], None]
    arrived: float = 0.0
    abandoned: Abandonment | None = None

    @property
    def is_automatic(self) -> bool:
        """Whether nobody asked for it: an editor guessed that it is wanted."""
        return self.request.kind != "explicit"

    @property
    def is_ahead(self) -> bool:
        """Whether it may fill nothing but the time in which the engine is idle."""
        return self.request.kind == "ahead"

    def replaces(self, older: Job) -> bool:
        """Say whether `older` makes way for this one: one that is ahead, or an automatic one for the same document."""
        if older.is_ahead:
            return True
        path = self.request.task.path
        is_same_document = path != "" and path == older.request.task.path
        return older.is_automatic and is_same_document and self.request.client_id == older.request.client_id

    def supersede(self) -> None:
        """Tell whoever waits for it that a newer one came."""
        self.abandoned = "superseded"
        self.emit(SupersededError("a newer request for the same document came; wait for that one"))
