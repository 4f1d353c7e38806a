"""Show in the status line that an answer waits for a model to load."""

from __future__ import annotations

from dataclasses import dataclass

from diffgemma_lsp.fill import Event, Progress
from diffgemma_lsp.lsp.fills import End
from diffgemma_lsp.lsp.status import Status, StatusLine


@dataclass(slots=True)
class LoadingWatcher:
    """Busy from the first event of a load to the first one of anything else, or to the end."""

    line: StatusLine
    is_loading: bool = False

    def event(self, event: Event) -> None:
        """Follow the load."""
        if isinstance(event, Progress) and event.stage == "loading":
            self.is_loading = True
            percent = min(100, 100 * event.done // max(event.total, 1))
            self.line.show(Status(message=f"the model is loading, {percent} %", is_busy=True))
        else:
            self._stop()

    def end(self, end: End) -> None:
        """Leave nothing busy behind; an error says itself why."""
        if end != "failed":
            self._stop()

    def _stop(self) -> None:
        if self.is_loading:
            self.is_loading = False
            self.line.show(Status())
