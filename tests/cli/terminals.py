"""The command in a process of its own, and in a terminal of its own."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import diffgemma_lsp

COMMAND = (sys.executable, "-m", "diffgemma_lsp")
TIMEOUT_SECONDS = 60


def environment(**names: str) -> dict[str, str]:
    """Return the environment in which a process finds the package that is tested, wherever it runs."""
    unwanted = ("NO_COLOR", "COLUMNS", "LINES", "PYTHONUNBUFFERED")
    ours = {name: value for name, value in os.environ.items() if name not in unwanted}
    return ours | {"PYTHONPATH": str(Path(diffgemma_lsp.__file__).parents[1])} | names


@dataclass(slots=True)
class Terminal:
    """A running command whose three streams are one terminal; `shown` is what it wrote so far."""

    process: subprocess.Popen[bytes]
    master: int
    shown: bytes = field(default=b"")

    def wait_for(self, pattern: bytes) -> None:
        """Read until the command has written what matches `pattern`."""
        while not re.search(pattern, self.shown):
            assert self._read(), f"{pattern!r} never came: {self.shown!r}"

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def finish(self) -> int:
        """Read to the end and return the exit code."""
        while self._read():
            pass
        os.close(self.master)
        return self.process.wait(TIMEOUT_SECONDS)

    def _read(self) -> bool:
        """Read what there is, waiting for some; say whether there was any."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        readable, _, _ = select.select([self.master], [], [], deadline - time.monotonic())
        assert readable, f"the command hangs: {self.shown!r}"
        try:
            data = os.read(self.master, 65536)
        except OSError:
            # Linux reports the end of a terminal's last writer as an error.
            return False
        self.shown += data
        return bool(data)


def start(arguments: Sequence[str], folder: Path, **names: str) -> Terminal:
    """Start `diffgemma` with `arguments` in a terminal of 24 lines; `names` join its environment."""
    return start_with_rows(24, arguments, folder, **names)


def start_with_rows(rows: int, arguments: Sequence[str], folder: Path, **names: str) -> Terminal:
    """Start `diffgemma` in a terminal of so many lines and of 80 columns."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (rows, 80))
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=folder,
        env=environment(**{"TERM": "xterm-256color"} | names),
    )
    os.close(slave)
    return Terminal(process, master)
