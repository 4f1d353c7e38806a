"""What a command shows while a fill is being made, all of it on standard error."""

from __future__ import annotations

from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self, TextIO

from diffgemma_lsp.cli.drafts import draft_line
from diffgemma_lsp.cli.status import StatusLine
from diffgemma_lsp.cli.terminal import is_terminal, visible
from diffgemma_lsp.fill import Draft, FillTask, Progress

_LINE_WIDTH = 120


class Screen(Protocol):
    """Shows progress and drafts while its block runs, and clears away after it what a terminal can clear away."""

    def __enter__(self) -> Self:
        """Begin to show."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop showing."""
        ...

    def progress(self, progress: Progress) -> None:
        """Show how far a stage is."""
        ...

    def draft(self, draft: Draft) -> None:
        """Show the canvas after a denoising step."""
        ...


class DraftLines:
    """One line a draft, for `--watch` where standard error is no terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._status = StatusLine(stream)

    def __enter__(self) -> Self:
        self._status.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._status.__exit__(kind, error, trace)

    def progress(self, progress: Progress) -> None:
        """Show a stage that takes a while."""
        self._status.progress(progress)

    def draft(self, draft: Draft) -> None:
        """Show a draft at once."""
        # Nobody may be listening any more; the command goes on without.
        with suppress(BrokenPipeError):
            print(visible(draft_line(draft, _LINE_WIDTH)), file=self._stream, flush=True)


def open_screen(task: FillTask, watches: bool, stream: TextIO) -> Screen:
    """Return the screen for a task: the live canvas where a user watches on a terminal."""
    if not watches:
        return StatusLine(stream)
    if not is_terminal(stream):
        return DraftLines(stream)
    # The terminal library takes longer to import than the rest of the command.
    from diffgemma_lsp.cli.live import LiveCanvas

    return LiveCanvas(task, stream)
