"""The contract between whoever wants a hole filled and whoever fills it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol

from diffgemma_lsp.fill.events import Event
from diffgemma_lsp.fill.task import FillTask


class Filler(Protocol):
    """Fills tasks one at a time; the fake, the local engine and remote engines all look like this."""

    @property
    def name(self) -> str:
        """The checkpoint's name, as a `Fill` gives it."""
        ...

    @property
    def follows_instructions(self) -> bool:
        """Whether an instruction can have an effect."""
        ...

    def fill(self, task: FillTask) -> Generator[Event, None, None]:
        """Yield progress and drafts, and end with exactly one `Fill`.

        Advancing the generator runs one unit of work: a prefill chunk or one denoising step. Closing it abandons
        the task before the next unit. Raises an error of `diffgemma_lsp.errors` when the
        task cannot be done; the filler stays usable.
        """
        ...
