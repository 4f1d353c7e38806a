"""A language server that writes down what its filler is sent: `python -m tests.lsp.recorded SCRIPT TASKS`."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from diffgemma_lsp.cli.fake_script import read_script
from diffgemma_lsp.fill import Event, Filler, FillTask
from diffgemma_lsp.fill.wire import task_to_plain
from diffgemma_lsp.lsp.features import build_server
from diffgemma_lsp.lsp.stdio import serve_stdio
from diffgemma_lsp.lsp.threaded import ThreadedEngine
from diffgemma_lsp.settings import Settings


@dataclass(frozen=True, slots=True)
class Recorded:
    """A filler whose tasks are written to a file, one object a line."""

    filler: Filler
    tasks: Path
    name: str = "recorded"
    follows_instructions: bool = False

    def fill(self, task: FillTask) -> Generator[Event, None, None]:
        with self.tasks.open("a", encoding="utf-8") as tasks:
            tasks.write(json.dumps(task_to_plain(task)) + "\n")
        yield from self.filler.fill(task)


if __name__ == "__main__":
    script, tasks = map(Path, sys.argv[1:])
    sys.exit(serve_stdio(build_server(ThreadedEngine(Recorded(read_script(script), tasks)), Settings())))
