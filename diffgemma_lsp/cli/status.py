"""What is going on, on standard error, once it takes a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from shutil import get_terminal_size
from types import TracebackType
from typing import Self, TextIO

from diffgemma_lsp.cli.drafts import STAGES, progress_line
from diffgemma_lsp.cli.terminal import is_terminal
from diffgemma_lsp.fill import Draft, Progress

_PATIENCE_SECONDS = 0.5
_ERASE_LINE = "\r\x1b[2K"


class StatusLine:
    """Shows the latest stage: one line that is rewritten in place on a terminal, one line a stage elsewhere.

    Nothing appears in the first half second of `clock`, which returns seconds. A timer thread shows what was reported
    last when that is over, because importing or loading may report nothing for long; `show_if_due` is what it calls.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._rewrites = is_terminal(stream)
        self._lock = threading.Lock()
        self._timer = threading.Timer(_PATIENCE_SECONDS, self.show_if_due)
        self._timer.daemon = True
        self._start = clock()
        self._stage = self._text = self._shown = ""

    def __enter__(self) -> Self:
        self._start = self._clock()
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            if self._rewrites and self._shown:
                self._write(_ERASE_LINE)
            self._text = ""

    def progress(self, progress: Progress) -> None:
        """Report a stage and how far it is."""
        self._report(STAGES[progress.stage], progress_line(progress))

    def draft(self, draft: Draft) -> None:
        """Report a denoising step."""
        self._report(STAGES["denoising"], f"denoising step {draft.step + 1}/{draft.max_steps}")

    def tell(self, stage: str, text: str = "") -> None:
        """Report a stage that has no name among those of a fill, and how far it is in words."""
        self._report(stage, f"{stage}: {text}" if text else stage)

    def clear(self) -> None:
        """Make room for a line of another stream, until there is something new to report."""
        with self._lock:
            if self._rewrites and self._shown:
                self._write(_ERASE_LINE)
                self._shown = ""

    def show_if_due(self) -> None:
        """Show what was reported last, unless it stands there or is still too early."""
        with self._lock:
            if not self._text or self._clock() - self._start < _PATIENCE_SECONDS:
                return
            wanted = self._text if self._rewrites else self._stage
            if wanted == self._shown:
                return
            self._shown = wanted
            self._write(
                f"{_ERASE_LINE}{wanted[: get_terminal_size().columns - 1]}" if self._rewrites else f"{wanted}\n"
            )

    def _report(self, stage: str, text: str) -> None:
        with self._lock:
            self._stage, self._text = stage, text
        self.show_if_due()

    def _write(self, text: str) -> None:
        # Nobody may be listening any more; the command goes on without.
        with suppress(OSError):
            self._stream.write(text)
            self._stream.flush()
