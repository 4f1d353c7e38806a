"""The process of an engine whose filler writes down when it did what: `python -m benchmarks.server.engine OPTIONS`.

What a task's document is called says what becomes of it: `stamps.py` is answered at once with what was written down,
`endless.py` is denoised over and over until nobody listens, anything else is filled.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Generator
from contextlib import closing

from benchmarks.server.stamps import Stamps, now
from diffgemma_lsp.cli import fillers
from diffgemma_lsp.cli.fillers import FillerKind
from diffgemma_lsp.cli.main import main
from diffgemma_lsp.fill import Candidate, Event, Fill, Filler, FillTask, Progress, Timings, TokenText

KIND = "watched"
STAMPS, ENDLESS, FILLED = "stamps.py", "endless.py", "filled.py"
_UNITS = 32
_STEPS = 8


class Watched:
    """A filler that is watched; `filler` does the work."""

    follows_instructions = False

    def __init__(self, filler: Filler) -> None:
        self.name = filler.name
        self._filler = filler
        self._begun = 0
        self._stopped_at = 0
        self._units: deque[tuple[int, int]] = deque(maxlen=_UNITS)
        self._step_ends: deque[int] = deque(maxlen=_STEPS)
        self._unit_start = 0

    def watch(self, within_steps: Callable[[], None]) -> None:
        """Write down when the filler looks around, too."""

        def looks_around() -> None:
            self._end_unit()
            within_steps()

        self._filler.watch(looks_around)  # type: ignore[attr-defined]

    def fill(self, task: FillTask) -> Generator[Event, None, None]:
        if task.path.endswith(STAMPS):
            yield self._stamps()
            return
        self._begun += 1
        try:
            yield from self._watched(task)
            while task.path.endswith(ENDLESS):
                yield from (event for event in self._watched(task) if not isinstance(event, Fill))
        finally:
            self._stopped_at = now()

    def _watched(self, task: FillTask) -> Generator[Event, None, None]:
        with closing(self._filler.fill(task)) as events:
            self._unit_start = now()
            for event in events:
                self._step_ends.append(self._end_unit())
                if not (isinstance(event, Fill) and task.path.endswith(ENDLESS)):
                    yield event
                self._unit_start = now()

    def _end_unit(self) -> int:
        end = now()
        self._units.append((self._unit_start, end))
        self._unit_start = end
        return end

    def _stamps(self) -> Fill:
        start = now()
        text = Stamps(self._begun, self._stopped_at, start, now(), tuple(self._step_ends), tuple(self._units)).to_text()
        candidate = Candidate(((TokenText(text, 1.0),),), 1.0, 0.0, 0, "stable")
        return Fill((candidate,), Timings(0, 0, 0, 0, 0, 0), self.name)


def _open(model: str | None, report: Callable[[Progress], None]) -> Filler:
    return Watched(fillers.FILLERS["local"].open(model, report))


if __name__ == "__main__":
    fillers.FILLERS[KIND] = FillerKind(fillers.FILLERS["local"].describe, _open)  # type: ignore[index]
    sys.exit(main(["engine", "run", "--detach", *sys.argv[1:]]))
