from __future__ import annotations

from typing import Any

import torch

from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.sudoku.grid import Grid
from diffgemma_lsp.training.sudoku.left_to_right import write
from diffgemma_lsp.training.sudoku.vocabulary import DIGIT_TOKENS, PROMPT, clue_token, clue_tokens
from tests.sudoku.puzzles import CLUES, HARD


def slowly(model: Any, clues: Grid) -> Grid:
    """Return what the engine's own backend writes, one puzzle and one token at a time."""
    backend = TransformersBackend(model)
    cache = backend.new_cache()
    tokens = [*PROMPT, *clue_tokens(clues)]
    last = tokens[-1]
    backend.prefill(tokens, cache)
    branches = cache.branches(cache.length - 1)
    grid: list[int] = []
    for clue in clues:
        token = int(torch.argmax(backend.next_log_probabilities(torch.tensor([[last]]), branches)[0, :DIGIT_TOKENS]))
        grid.append(clue or token + 1)
        last = clue_token(clue) if clue else token
    return tuple(grid)


def test_puzzles_side_by_side_are_written_as_each_alone(model: Any) -> None:
    answers = list(write(model, [CLUES, HARD, CLUES], rows=2))
    assert [answer.grid for answer in answers] == [slowly(model, clues) for clues in (CLUES, HARD, CLUES)]
    assert [answer.steps for answer in answers] == [clues.count(0) for clues in (CLUES, HARD, CLUES)]
