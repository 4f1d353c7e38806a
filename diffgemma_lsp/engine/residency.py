"""Whether the model is in memory: loading it, keeping it, letting go of it."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass

from diffgemma_lsp.engine.client.facts import ModelFacts
from diffgemma_lsp.engine.client.status import EngineState
from diffgemma_lsp.engine.failure import as_error
from diffgemma_lsp.errors import DiffgemmaError
from diffgemma_lsp.fill import Filler, Progress

Report = Callable[[Progress], None]


def _nothing() -> None:
    pass


def _zero() -> int:
    return 0


def _silence() -> str:
    return ""


def _unwatched(_: Callable[[], None]) -> None:
    pass


def _unknown() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Resident:
    """A loaded filler. `device` names where it computes; `device_bytes` says what it holds on an accelerator.

    `weights` says how those of its model are kept, and why, empty where it has none. `release` gives memory back that
    an allocator still keeps after the filler is gone, and may be called again. `note` is what a user should know of the
    filler by now, empty where there is nothing. `close` ends what the filler holds besides memory, before it goes.
    `watch` has a function called in the middle of steps, too; what that raises ends the fill, and nothing else.
    """

    filler: Filler
    device: str = "cpu"
    weights: str = ""
    device_bytes: Callable[[], int] = _zero
    release: Callable[[], None] = _nothing
    note: Callable[[], str] = _silence
    close: Callable[[], None] = _nothing
    watch: Callable[[Callable[[], None]], None] = _unwatched


OpenResident = Callable[[Report], Resident]
Describe = Callable[[], ModelFacts | None]


class Residency:
    """Holds what `open_resident` loads. Only the worker thread calls methods; any thread may read the properties.

    `describe` says what is known of it before that, None while that is nothing. A filler that can be watched calls
    `within_steps`.
    """

    def __init__(self, open_resident: OpenResident, describe: Describe = _unknown) -> None:
        self._open = open_resident
        self._describe = describe
        self.within_steps: Callable[[], None] = _nothing
        self._facts: ModelFacts | None = None
        self._resident: Resident | None = None
        self._error: DiffgemmaError | None = None
        self._state = EngineState("loading")

    @property
    def state(self) -> EngineState:
        """Whether the model is there."""
        return self._state

    @property
    def facts(self) -> ModelFacts | None:
        """What is known of the model, None before its load began; it stays known while the model is not in memory."""
        return self._facts

    @property
    def device(self) -> str:
        """Where the model is, nothing while it is nowhere."""
        resident = self._resident
        return resident.device if resident else ""

    @property
    def weights(self) -> str:
        """How the model's weights are kept, and why, nothing while there are none."""
        resident = self._resident
        return resident.weights if resident else ""

    @property
    def device_bytes(self) -> int:
        """What the model and its caches hold on an accelerator."""
        resident = self._resident
        return resident.device_bytes() if resident else 0

    @property
    def note(self) -> str:
        """What a user should know of the filler, empty where there is nothing."""
        resident = self._resident
        return resident.note() if resident else ""

    def filler(self, report: Report, *, retries: bool) -> Filler:
        """Return the filler, and load it first if need be, telling `report` how far that is.

        Raises an error of the tree when that fails, and the same again for who does not retry.
        """
        if self._resident is not None:
            return self._resident.filler
        if self._error is not None and not retries:
            raise type(self._error)(str(self._error))
        self._state, self._error = EngineState("loading"), None

        def progress(progress: Progress) -> None:
            self._state = EngineState("loading", progress.done, progress.total)
            report(progress)

        try:
            self._facts = self._describe()
            self._resident = self._open(progress)
            self._resident.watch(self.within_steps)
            filler = self._resident.filler
            # It may have been downloaded meanwhile.
            self._facts = self._facts or self._describe() or ModelFacts(filler.name, filler.follows_instructions)
        except Exception as error:
            self._error = as_error(error)
            self._state = EngineState("failed", reason=str(self._error))
            raise self._error from error
        self._state = EngineState("ready")
        return self._resident.filler

    def trim(self) -> None:
        """Give back what memory can be given back while the model stays."""
        gc.collect()
        if self._resident is not None:
            self._resident.release()

    def unload(self) -> None:
        """Let go of the model. It comes back with the next task."""
        if self._resident is None:
            return
        release = self._resident.release
        self._resident.close()
        self._resident = None
        self._state = EngineState("unloaded")
        # Modules refer to each other in circles.
        gc.collect()
        release()
