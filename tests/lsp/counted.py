"""A language server that writes down what its filler does: `python -m tests.lsp.counted SCRIPT JOURNAL [SURE]`.

The journal gets a line when a task begins and when it ends. The first task waits for a model to load. Tasks after the
first `SURE` are filled without confidence.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from pathlib import Path

from diffgemma_lsp.cli.fake_script import read_script
from diffgemma_lsp.fill import Event, Fill, Filler, FillTask, Progress
from diffgemma_lsp.lsp.features import build_server
from diffgemma_lsp.lsp.stdio import serve_stdio
from diffgemma_lsp.lsp.threaded import ThreadedEngine
from diffgemma_lsp.settings import Settings


@dataclass(slots=True)
class Counted:
    """A filler that is watched. The server fills on one thread at a time."""

    filler: Filler
    journal: Path
    sure: int
    name: str = "counted"
    follows_instructions: bool = False
    begun: int = field(default=0, init=False)

    def fill(self, task: FillTask) -> Generator[Event, None, None]:
        self.begun += 1
        is_filled = False
        self._write("begun")
        try:
            if self.begun == 1:
                yield from (Progress("loading", part, 2) for part in range(3))
            for event in self.filler.fill(task):
                if isinstance(event, Fill):
                    # Before it is handed on, so that whoever has the answer finds it in the journal.
                    self._write("filled")
                    is_filled = True
                yield unsure(event) if isinstance(event, Fill) and self.begun > self.sure else event
        finally:
            if not is_filled:
                self._write("dropped")

    def _write(self, line: str) -> None:
        with self.journal.open("a", encoding="utf-8") as journal:
            journal.write(f"{line}\n")


def unsure(fill: Fill) -> Fill:
    candidates = [
        replace(
            candidate, holes=tuple(tuple(replace(token, confidence=0.0) for token in hole) for hole in candidate.holes)
        )
        for candidate in fill.candidates
    ]
    return replace(fill, candidates=tuple(candidates))


if __name__ == "__main__":
    script, journal, *sure = sys.argv[1:]
    filler = Counted(read_script(Path(script)), Path(journal), int(sure[0]) if sure else sys.maxsize)
    sys.exit(serve_stdio(build_server(ThreadedEngine(filler), Settings())))
