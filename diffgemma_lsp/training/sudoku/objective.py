"""What is minimised: cross-entropy of the digits in free cells, by the decoder from noise and by the encoder in order.

1. The encoder reads the names of the cells once; all puzzles of the batch share its keys and values.
2. Free cells become random digits with probability t, drawn per puzzle: 1 for almost half of them, else uniform.
3. Some of the puzzles are denoised for a few steps by the model itself, without gradients: it then learns from canvases
   and self-conditioning as they are met in denoising, mistakes included. One step changes no canvas and is the usual
   first pass of self-conditioning.
4. The decoder, with gradients, is scored on all free cells.
5. Some of the puzzles are read by the encoder, each with its solution behind it, and scored on the free cells, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from diffgemma_lsp.diffusion.cache import CacheView, LayerView
from diffgemma_lsp.diffusion.sampler import Certainty, EntropyBound, draw, token_entropy
from diffgemma_lsp.models.forward import condition, decode, encode, head, soft_embed
from diffgemma_lsp.sudoku.grid import CELLS
from diffgemma_lsp.training.capture import CapturedCache
from diffgemma_lsp.training.cross_entropy import CappedCrossEntropy
from diffgemma_lsp.training.sudoku.examples import Cells
from diffgemma_lsp.training.sudoku.vocabulary import BLANK, DIGIT_TOKENS, PROMPT

FULLY_RANDOM_SHARE = 0.45
KINDS = ("full_attention", "sliding_attention")


@dataclass(frozen=True, slots=True)
class Plan:
    """Which puzzles of a batch, from its first on, are treated how.

    `conditioned` ones are denoised for `steps` steps before they are scored, at this temperature and entropy bound;
    `ordered` ones are read from left to right, too.
    """

    conditioned: int
    ordered: int
    steps: int = 1
    temperature: float = 1.0
    entropy_bound: float = 0.1


@dataclass(frozen=True, slots=True)
class Losses:
    """The loss to minimise, and its parts in nats: of free cells from noise `(N,)` and in order `(M,)`."""

    total: Tensor
    denoised: Tensor
    ordered: Tensor


def corrupted(cells: Cells, generator: torch.Generator) -> Tensor:
    """Return canvases `(B, 81)` in which free cells are random digits with a probability of their puzzle."""
    share = torch.rand(len(cells.clean), generator=generator)
    share[torch.rand(len(share), generator=generator) < FULLY_RANDOM_SHARE] = 1.0
    hit = cells.free & (torch.rand(cells.free.shape, generator=generator) < share[:, None])
    return torch.where(hit, torch.randint(DIGIT_TOKENS, hit.shape, generator=generator), cells.clean)


def losses(model: Any, cells: Cells, plan: Plan, generator: torch.Generator) -> Losses:
    """Return the losses of a batch."""
    names = _encoded_names(model)
    noisy, signal = _met(model, names, cells, corrupted(cells, generator), plan, generator)
    decoder = model.model.decoder
    hidden = decode(decoder, condition(decoder, noisy, signal), _shared(names, len(noisy)), _canvas_positions())
    total, denoised = _cross_entropy(model, hidden[cells.free], cells.clean[cells.free])
    some = Cells(cells.clean[: plan.ordered], cells.free[: plan.ordered])
    ordered_total, ordered = _cross_entropy(model, _read_in_order(model, names, some), some.clean[some.free])
    return Losses(total + ordered_total, denoised, ordered)


@torch.no_grad()
def _met(
    model: Any, names: CapturedCache, cells: Cells, noisy: Tensor, plan: Plan, generator: torch.Generator
) -> tuple[Tensor, Tensor | None]:
    """Return canvases as they are met in denoising, and their self-conditioning signal `(B, 81, D)`."""
    rows = plan.conditioned
    if not rows:
        return noisy, None
    decoder, free, given = model.model.decoder, cells.free[:rows], cells.clean[:rows]
    canvas = noisy[:rows]
    signal: Tensor | None = None
    for _ in range(plan.steps):
        hidden = decode(decoder, condition(decoder, canvas, signal), _shared(names, rows), _canvas_positions())
        logits = head(model, hidden[free]) / plan.temperature
        signal = decoder.embed_tokens(given).clone()
        signal[free] = soft_embed(decoder, logits.softmax(-1))
        if plan.steps > 1:
            canvas = _renoised(canvas, free, logits, plan.entropy_bound, generator)
    assert signal is not None
    everywhere = signal.new_zeros(*noisy.shape, signal.shape[-1])
    everywhere[:rows] = signal
    return torch.cat([canvas, noisy[rows:]]), everywhere


def _renoised(canvas: Tensor, free: Tensor, logits: Tensor, bound: float, generator: torch.Generator) -> Tensor:
    """Return canvases after a denoising step: sampled digits at the free cells that are accepted, noise at others."""
    probabilities = logits.softmax(-1)
    entropy = torch.full(free.shape, torch.inf)
    entropy[free] = token_entropy(probabilities)
    confidence = torch.ones_like(entropy)
    confidence[free] = probabilities.amax(-1)
    accepted = EntropyBound(bound).accept(Certainty(entropy, confidence))
    noise = torch.randint(DIGIT_TOKENS, canvas.shape, generator=generator)
    sampled = canvas.clone()
    sampled[free] = draw(probabilities[:, :DIGIT_TOKENS], generator)
    return torch.where(free, torch.where(accepted, sampled, noise), canvas)


def _encoded_names(model: Any) -> CapturedCache:
    """Return the keys and values of the prompt, in a batch of one, with their gradients."""
    cache = CapturedCache()
    length = len(PROMPT)
    mask = torch.ones(length, length, dtype=torch.bool).tril()[None, None]
    encoder = model.model.encoder.language_model
    encode(encoder, torch.tensor([PROMPT]), cache, torch.arange(length)[None], dict.fromkeys(KINDS, mask))
    return cache


def _shared(names: CapturedCache, rows: int) -> CacheView:
    return CacheView(
        [
            LayerView(layer.keys.expand(rows, -1, -1, -1), layer.values.expand(rows, -1, -1, -1))
            for layer in names.layers
        ]
    )


def _canvas_positions() -> Tensor:
    return torch.arange(len(PROMPT), len(PROMPT) + CELLS)[None]


def _read_in_order(model: Any, names: CapturedCache, cells: Cells) -> Tensor:
    """Return the encoder's hidden states `(N, D)` right before each free cell; it has read the whole puzzle."""
    puzzle = torch.where(cells.free, BLANK, cells.clean)
    ids = torch.cat([puzzle, cells.clean], dim=1)
    start, length = len(PROMPT), ids.shape[1]
    seen = torch.ones(length, start + length, dtype=torch.bool).tril(start)[None, None]
    positions = torch.arange(start, start + length)[None]
    encoder = model.model.encoder.language_model
    hidden = encode(encoder, ids, _shared(names, len(ids)), positions, dict.fromkeys(KINDS, seen))
    before: Tensor = hidden[:, CELLS - 1 : -1][cells.free]
    return before


def _cross_entropy(model: Any, hidden: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean of the losses, and each of them."""
    weights = torch.full(targets.shape, 1 / max(1, len(targets)))
    total, each = CappedCrossEntropy.apply(  # type: ignore[no-untyped-call]
        hidden, model.lm_head.weight, targets, weights, model.final_logit_softcapping
    )
    return total, each
