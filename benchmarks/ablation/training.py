"""One variant's weights: trained for some minutes of one core's time, however much else that core had to do."""

from __future__ import annotations

import math
import shutil
import time
from pathlib import Path

from benchmarks.ablation.variants import Variant
from diffgemma_lsp.corpus.modules import corpus_path, load, manifest_path
from diffgemma_lsp.corpus.packages import Role
from diffgemma_lsp.models.names import starter_folder
from diffgemma_lsp.training.export import export
from diffgemma_lsp.training.feed import Mix
from diffgemma_lsp.training.loop import Settings, train
from diffgemma_lsp.training.schedule import Schedule
from diffgemma_lsp.training.vocabulary import tokenizer_path, train_vocabulary

CHECKPOINT = "checkpoint"
_POSITIONS = 4608
_GOING_ON = Schedule(joint_from=0.0, decay_from=0.4, peak=0.5)
"""As the starter's own later runs went on from the weights before."""


def train_variant(variant: Variant, corpus: Path, state: Path, minutes: float, *, compiled: bool = False) -> Path:
    """Return the checkpoint's folder in `state`; what a call that was cut off has done is not done again.

    `minutes` are of the processor; those of `compiled` layers begin with their compilation, but for the compiler's.
    """
    folder = state / CHECKPOINT
    if folder.exists():
        return folder
    _prepare(variant, corpus, state)
    mix = Mix(positions=_POSITIONS, slots=variant.slots or Mix().slots)
    schedule = _GOING_ON if variant.from_start else Schedule()
    if variant.joint_from is not None:
        schedule = Schedule(joint_from=variant.joint_from)
    train(
        Settings(
            state=state,
            deadline=math.inf,
            start=starter_folder() if variant.from_start else None,
            shape=None if variant.shape is None else variant.name,
            processes=1,
            compiled=compiled,
            schedule=schedule,
            mix=mix,
            total_seconds=60 * minutes,
            now=time.process_time,
        )
    )
    export(state, folder)
    return folder


def _prepare(variant: Variant, corpus: Path, state: Path) -> None:
    """Have all that training reads in `state`."""
    state.mkdir(parents=True, exist_ok=True)
    for file in (*(corpus_path(corpus, role) for role in Role), manifest_path(corpus)):
        link = state / file.name
        if not link.exists():
            link.symlink_to(file.resolve())
    if tokenizer_path(state).exists():
        return
    if variant.vocabulary is None:
        shutil.copy(tokenizer_path(starter_folder()), state)
    else:
        train_vocabulary((module.text for module in load(state, Role.TRAIN)), tokenizer_path(state))
