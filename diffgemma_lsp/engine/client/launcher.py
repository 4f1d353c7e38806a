"""Starts an engine that outlives whoever starts it, and not over and over when it dies at once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import IO

from diffgemma_lsp.engine.client.paths import EnginePaths, files_of_an_engine
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.errors import EngineUnavailableError

STARTED = "started"
ATTACHED = "attached"

# A large model is loaded for minutes, and may end the engine each time.
_SHORT_LIFE_SECONDS = 600.0
_LONGEST_PAUSE_SECONDS = 60.0
_WORDS = 300


if sys.platform == "win32":
    _DETACHED = subprocess.DETACHED_PROCESS
else:
    _DETACHED = 0


class Launcher:
    """Starts one engine. `clock` returns seconds; `command` runs an engine, in the foreground of its own process."""

    def __init__(
        self,
        spec: EngineSpec,
        paths: EnginePaths,
        command: Sequence[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spec = spec
        self._paths = paths
        self._command = [*(command or (sys.executable, "-m", "diffgemma_lsp", "engine", "run", "--detach"))]
        self._command += spec.options() + (["--owner", spec.owner] if spec.owner else [])
        self._clock = clock
        self._leash: IO[bytes] | None = None
        self._started_at: float | None = None
        self._found_dead_at: float | None = None
        self._has_filled = False
        self._deaths = 0

    def launch(self) -> bool:
        """Wait until an engine serves, and say whether it is a new one: another process may have been faster.

        Blocks for as long as the start takes. Raises EngineUnavailableError when the engine ends instead of serving,
        and without another try for a while after it ended several times in a row before it had filled anything.
        """
        if self._started_at is not None:
            self._note_death(self._started_at)
            self._require_patience()
        self._started_at, self._found_dead_at, self._has_filled = self._clock(), None, False
        answer = self._run()
        if answer not in (STARTED, ATTACHED):
            self._note_death(self._started_at)
            raise EngineUnavailableError(
                f"the engine for {self._spec.title} ended at its start: {self._last_words()};"
                f" run `{self._spec.command('run')}` to see why, or look into {self._paths.log}"
            )
        return answer == STARTED

    def trust(self) -> None:
        """Take it that the engine fills: its end will not be that of one that ends whenever it is started."""
        self._has_filled = True

    def forgive(self) -> None:
        """Start the engine at once next time: it ended because somebody wanted that."""
        self._started_at, self._found_dead_at, self._deaths = None, None, 0

    def let_go(self) -> None:
        """Let the engine end, if it is this process's own."""
        if self._leash is not None:
            self._leash.close()

    def _note_death(self, started_at: float) -> None:
        """Count the end of the engine that was started then, once."""
        if self._found_dead_at is None:
            self._found_dead_at = self._clock()
            is_short = not self._has_filled and self._found_dead_at - started_at < _SHORT_LIFE_SECONDS
            self._deaths = self._deaths + 1 if is_short else 0

    def _require_patience(self) -> None:
        """Let the second try follow at once, and double the pause before each later one."""
        assert self._found_dead_at is not None
        pause = min(2.0 ** (self._deaths - 2), _LONGEST_PAUSE_SECONDS) if self._deaths > 1 else 0.0
        left = self._found_dead_at + pause - self._clock()
        if left > 0:
            raise EngineUnavailableError(
                f"the engine for {self._spec.title} ended {self._deaths} times before it had filled anything"
                f" ({self._last_words()}); the next try is in {left:.0f} s, its log is {self._paths.log}"
            )

    def _run(self) -> str:
        """Start the process and return the line that it prints when it serves, or nothing when it ends."""
        self.let_go()
        with files_of_an_engine(self._paths.folder):
            words = self._paths.words.open("wb")
        with words:
            process = self._spawn(words)
        self._leash = process.stdin
        assert process.stdout is not None
        with process.stdout as answers:
            answer = answers.readline().decode(errors="replace").strip()
        # Elsewhere the process that was started has made the engine its orphan, and ends at once.
        if sys.platform != "win32":
            process.wait()
        return answer

    def _spawn(self, words: IO[bytes]) -> subprocess.Popen[bytes]:
        try:
            # In its own private folder: a user's project may hold modules that must not be found instead of ours.
            return subprocess.Popen(  # noqa: S603
                self._command,
                stdin=subprocess.PIPE if self._spec.owner else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=words,
                cwd=self._paths.folder,
                creationflags=_DETACHED,
            )
        except OSError as error:
            raise EngineUnavailableError(
                f"no process can be started for the engine for {self._spec.title} ({error.strerror or error});"
                " free some memory, or install this program anew"
            ) from error

    def _last_words(self) -> str:
        try:
            lines = self._paths.words.read_text(encoding="utf-8", errors="replace").split("\n")
        except OSError:
            lines = []
        words = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
        return words.removeprefix("diffgemma: ")[:_WORDS]
