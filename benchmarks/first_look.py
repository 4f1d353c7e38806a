"""What a checkpoint makes of a hole at its first denoising step, when all of it is noise."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

import torch
from torch import Tensor

from diffgemma_lsp.diffusion.canvas import Canvas
from diffgemma_lsp.diffusion.prefixes import prefill
from diffgemma_lsp.diffusion.score import log_likelihoods
from diffgemma_lsp.diffusion.segments import Slots
from diffgemma_lsp.evaluation.cases import Case
from diffgemma_lsp.fill import FillTask, Hole
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.loading import LoadedModel
from diffgemma_lsp.prompts.work import TaskText


@dataclass(frozen=True, slots=True)
class FirstLook:
    """For each of the N missing tokens, as far as the largest hole holds them: its loss in nats, and whether it is the
    likeliest, `(N,)` each. `following` is the mean loss of them and their neighbours, read in order by the encoder."""

    losses: Tensor
    is_likeliest: Tensor
    following: float


def first_look(loaded: LoadedModel, case: Case, seed: int) -> FirstLook:
    """Return what a model makes of a case; noise is drawn by the seed."""
    task = FillTask((case.prefix, Hole(), case.suffix), language="python", path=case.path)
    layout = TaskText(task, loaded.profile, loaded.tokenizer).next_group([], 1).layout
    buckets = loaded.profile.canvas.buckets
    missing = torch.tensor(loaded.tokenizer.encode(case.middle)[: buckets[-1]])
    backend = TransformersBackend(loaded.model)
    cache = backend.new_cache()
    for _ in prefill(backend, cache, layout.prompt, len(layout.prompt)):
        pass
    slots = Slots(next(bucket for bucket in buckets if bucket >= len(missing)))
    canvas = Canvas.build([layout.row([slots])], backend.vocab_size, torch.Generator().manual_seed(seed))
    hidden = backend.forward(backend.condition(canvas.ids, None), canvas.free, canvas.valid, cache)
    logs = backend.head(hidden).log_softmax(dim=-1)[: len(missing)]
    (following,) = log_likelihoods(backend, cache, [layout.text_row([missing.tolist()])])
    return FirstLook(
        losses=-logs.gather(1, missing[:, None]).squeeze(1),
        is_likeliest=logs.argmax(dim=-1) == missing,
        following=-fmean(following),
    )
