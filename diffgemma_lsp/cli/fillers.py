"""Who may fill: the engines that a command line can name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from diffgemma_lsp.fill import Filler, Progress

Report = Callable[[Progress], None]
# Takes what --model says, None where it says nothing, and whom to tell how loading goes.
OpenFiller = Callable[[str | None, Report], Filler]


def _open_local(model: str | None, report: Report) -> Filler:
    report(Progress("loading", 0, 1))
    # Torch takes seconds to import, and nothing else here needs it.
    from diffgemma_lsp.models.filler import open_filler

    return open_filler(model or "starter", report)


def _open_fake(model: str | None, _: Report) -> Filler:
    from diffgemma_lsp.cli.fake_script import read_script
    from diffgemma_lsp.fill.fake import FakeFiller

    return FakeFiller() if model is None else read_script(Path(model))


FILLERS: Mapping[str, OpenFiller] = {"local": _open_local, "fake": _open_fake}
