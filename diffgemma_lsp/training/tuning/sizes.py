"""How long the documents of a batch are, and how many of them it holds."""

from __future__ import annotations

from dataclasses import dataclass

from diffgemma_lsp.training.dialect import Dialect

CANVASES = 3
"""Whole canvases that a document's slots have room for: they share the cost of its encoding."""
SHORTEST_TEXT, LONGEST_PROMPT = 64, 1024


@dataclass(frozen=True, slots=True)
class DocumentSizes:
    """`prompts` are the tokens that documents may have, ascending, `slots` those of the canvases of each.

    `positions` are the tokens and slots of a batch.
    """

    prompts: tuple[int, ...]
    slots: int
    positions: int

    def rows(self, tokens: int) -> int:
        """Return how many documents of `tokens` tokens a batch holds, one at least."""
        return max(1, self.positions // (tokens + self.slots))


def sizes_of(dialect: Dialect, positions: int) -> DocumentSizes:
    """Return what suits a checkpoint: prompts as long as it is prompted, short ones for half of the batches.

    Canvases take half of the positions at most, if one canvas leaves a choice; prompts take what is left.
    """
    canvas = dialect.profile.canvas.max_length
    slots = canvas * max(1, min(CANVASES, positions // 2 // canvas))
    shortest = SHORTEST_TEXT + len(dialect.head("", ()))
    longest = max(shortest, min(dialect.profile.context.prompt_tokens, LONGEST_PROMPT, positions - slots))
    return DocumentSizes((max(shortest, longest // 2), longest), slots, positions)
