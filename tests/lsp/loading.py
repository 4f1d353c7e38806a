"""A language server whose model loads without an end when it is asked first, and is there from then on.

`python -m tests.lsp.loading`
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass

from diffgemma_lsp.fill import Event, FillTask, Progress
from diffgemma_lsp.fill.fake import FakeFiller
from diffgemma_lsp.lsp.features import build_server
from diffgemma_lsp.lsp.stdio import serve_stdio
from diffgemma_lsp.lsp.threaded import ThreadedEngine
from diffgemma_lsp.settings import Settings

_SECONDS_BETWEEN_EVENTS = 0.02


@dataclass(slots=True)
class Loading:
    """A filler that loads for its first task until that is called off."""

    name: str = "loading"
    follows_instructions: bool = False
    was_asked: bool = False

    def fill(self, task: FillTask) -> Generator[Event, None, None]:
        if not self.was_asked:
            self.was_asked = True
            for part in itertools.count():
                yield Progress("loading", min(part, 99), 100)
                time.sleep(_SECONDS_BETWEEN_EVENTS)
        yield from FakeFiller(["1"]).fill(task)


if __name__ == "__main__":
    sys.exit(serve_stdio(build_server(ThreadedEngine(Loading()), Settings())))
