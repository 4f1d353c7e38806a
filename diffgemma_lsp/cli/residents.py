"""What an engine keeps in memory: a filler, and what is known about its device."""

from __future__ import annotations

from functools import partial

from diffgemma_lsp.cli.fillers import FILLERS, Report
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.engine.residency import Resident


def open_resident(spec: EngineSpec, report: Report) -> Resident:
    """Load what `spec` means. Raises an error of the ModelError or ConfigError kind."""
    filler = FILLERS[spec.engine].opened(spec.model, report, spec.scheme)
    device = getattr(filler, "device", None)
    watch = getattr(filler, "watch", lambda _: None)
    if device is None:
        return Resident(
            filler,
            getattr(filler, "place", "cpu"),
            note=lambda: str(getattr(filler, "note", "")),
            close=getattr(filler, "close", lambda: None),
            watch=watch,
        )
    from diffgemma_lsp.models.memory import give_back, held_bytes

    weights = str(getattr(filler, "weights", ""))
    return Resident(filler, device, weights, partial(held_bytes, device), partial(give_back, device), watch=watch)
