"""The same puzzles, written from left to right by the same weights: what denoising is compared with.

The causal encoder reads the names of the cells, then the whole puzzle, then writes the grid cell by cell. Clues are
written for it; for a free cell it takes the most probable digit, which it cannot take back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from diffgemma_lsp.models.forward import encode, head
from diffgemma_lsp.sudoku.grid import CELLS, FREE, Grid
from diffgemma_lsp.training.sudoku.growing import GrowingCache
from diffgemma_lsp.training.sudoku.solving import Answer, grids
from diffgemma_lsp.training.sudoku.vocabulary import DIGIT_TOKENS, PROMPT, clue_tokens


@torch.no_grad()
def write(model: Any, puzzles: Sequence[Grid], rows: int = 100) -> Iterator[Answer]:
    """Yield the answer to each puzzle; `steps` are the digits that were written."""
    for start in range(0, len(puzzles), rows):
        some = puzzles[start : start + rows]
        yield from map(Answer, grids(_written(model, some)), (clues.count(FREE) for clues in some))


def _written(model: Any, puzzles: Sequence[Grid]) -> Tensor:
    """Return the grids `(B, 81)` as tokens."""
    cache = GrowingCache()
    clues = torch.tensor([clue_tokens(puzzle) for puzzle in puzzles])
    is_free = torch.tensor(puzzles) == FREE
    read = torch.cat([torch.tensor([PROMPT]).expand(len(clues), -1), clues], dim=1)
    hidden = _read(model, read, cache)
    written = clues.clone()
    for cell in range(CELLS):
        digits = head(model, hidden[:, -1])[:, :DIGIT_TOKENS].argmax(dim=-1)
        written[:, cell] = torch.where(is_free[:, cell], digits, clues[:, cell])
        hidden = _read(model, written[:, cell : cell + 1], cache)
    return written


def _read(model: Any, ids: Tensor, cache: GrowingCache) -> Tensor:
    """Return the hidden states `(B, L, D)` of tokens that stand after what the cache holds, and store them there."""
    start, length = cache.length, ids.shape[1]
    query = torch.arange(start, start + length)
    mask = (torch.arange(start + length)[None] <= query[:, None])[None, None]
    masks: dict[str, Tensor | None] = dict.fromkeys(("full_attention", "sliding_attention"), mask)
    return encode(model.model.encoder.language_model, ids, cache, query[None], masks)
