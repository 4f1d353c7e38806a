"""One of the calls that a run consists of, where a machine is lent for minutes at a time and keeps nothing for sure.

All calls of a run are the same command: each goes on where the last one stopped, and gives back the weights so far.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path

from diffgemma_lsp.training.checkpoint import read
from diffgemma_lsp.training.export import export
from diffgemma_lsp.training.journal import log_path
from diffgemma_lsp.training.parts import split

FOLDER = "checkpoint"
CHECKPOINT = f"{FOLDER}.tar"
CALL_AGAIN = 75
"""The exit code of a call that is not a run's last; sysexits.h has it as EX_TEMPFAIL."""
PART_BYTES = 15 << 20


def call(train: Callable[[], None], state: Path, out: Path) -> bool:
    """Train, and write the checkpoint of the moving averages and the log into a folder, in parts of 15 MiB at most.

    Returns whether the run is over. `cat checkpoint.tar.?? | tar x` joins the parts to a folder `checkpoint`.
    Raises ModelNotFoundError if there was no time for a step.
    """
    train()
    folder = state / FOLDER
    export(state, folder)
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob(f"{CHECKPOINT}*"):
        old.unlink()
    with tarfile.open(out / CHECKPOINT, "w") as archive:
        archive.add(folder, FOLDER)
        archive.add(log_path(state), f"{FOLDER}/{log_path(state).name}")
    split(out / CHECKPOINT, PART_BYTES)
    _, tally = read(state)
    return tally.share >= 1.0
