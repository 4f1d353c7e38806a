"""Work-done progress of the commands: created by the server, cancellable from the editor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from diffgemma_lsp.fill import Draft, Event, Fill, Progress
from diffgemma_lsp.lsp.fills import End, Watcher, Wish
from diffgemma_lsp.lsp.server import Server

_STAGES = {"loading": "loading the model", "prefill": "reading", "denoising": "denoising"}


@dataclass(slots=True)
class ProgressWatcher:
    """Shows one task. What happens before the client has agreed to the token is shown as soon as it has."""

    server: Server
    token: str
    title: str
    cancel: Callable[[], object]
    _latest: types.WorkDoneProgressReport = field(
        default_factory=lambda: types.WorkDoneProgressReport(cancellable=True), init=False
    )
    _is_begun: bool = field(default=False, init=False)
    _end: End | None = field(default=None, init=False)

    async def create(self) -> None:
        """Ask the client for the token, and begin."""
        progress = self.server.work_done_progress
        try:
            await progress.create_async(self.token)
        except JsonRpcException:
            return
        progress.tokens[self.token].add_done_callback(lambda _: self.cancel())
        begin = types.WorkDoneProgressBegin(self.title, cancellable=True, percentage=0)
        progress.begin(self.token, begin)
        self._is_begun = True
        progress.report(self.token, self._latest)
        if self._end:
            self._finish(self._end)

    def event(self, event: Event) -> None:
        """Show how far the task is."""
        if isinstance(event, Progress):
            self._report(_STAGES[event.stage], event.done, event.total)
        elif isinstance(event, Draft):
            self._report(f"step {event.step + 1} of at most {event.max_steps}", event.step + 1, event.max_steps)
        else:
            assert isinstance(event, Fill)

    def end(self, end: End) -> None:
        """Close the display."""
        self._end = end
        if self._is_begun:
            self._finish(end)

    def _report(self, message: str, done: int, total: int) -> None:
        percentage = min(100, 100 * done // max(total, 1))
        self._latest = types.WorkDoneProgressReport(cancellable=True, message=message, percentage=percentage)
        if self._is_begun:
            self.server.work_done_progress.report(self.token, self._latest)

    def _finish(self, end: End) -> None:
        self.server.work_done_progress.end(self.token, types.WorkDoneProgressEnd(message=end))
        self.server.work_done_progress.tokens.pop(self.token, None)


def progress_watchers(server: Server, wish: Wish, title: str) -> tuple[Watcher, ...]:
    """Return who shows the progress of a wish: nobody, where the client cannot."""
    window = server.client_capabilities.window
    if not (window and window.work_done_progress):
        return ()
    watcher = ProgressWatcher(
        server, f"diffgemma/{wish.id}", title, lambda: server.fills.call_off(lambda other: other.id == wish.id)
    )
    server.in_background(watcher.create())
    return (watcher,)


@dataclass(slots=True)
class LoadProgress:
    """Shows the load that a completion waits for, and nothing else of it: most are done before one could read that."""

    server: Server
    wish: Wish
    _shown: tuple[Watcher, ...] = field(default=(), init=False)

    def event(self, event: Event) -> None:
        """Follow the load, from its first event to the first one of anything else."""
        if not (isinstance(event, Progress) and event.stage == "loading"):
            self.end("filled")
            return
        self._shown = self._shown or progress_watchers(self.server, self.wish, "Loading the model")
        for watcher in self._shown:
            watcher.event(event)

    def end(self, end: End) -> None:
        """Close the display."""
        for watcher in self._shown:
            watcher.end(end)
        self._shown = ()
