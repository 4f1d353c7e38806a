"""From canvas columns back to the text of holes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diffgemma_lsp.fill import HoleTokens, TokenText
from diffgemma_lsp.prompts.tokenizer import Tokenizer

_STUCK = 8
"""So many equal tokens at its end say that a hole would only be filled with more of them."""


@dataclass(frozen=True, slots=True)
class HoleIds:
    """The tokens of one hole up to its end, each with the model's confidence and whether the sampler kept it.

    `is_closed` says that the model ended the hole itself, by a filler or an end token after them.
    """

    ids: tuple[int, ...]
    confidence: tuple[float, ...]
    settled: tuple[bool, ...]
    is_closed: bool

    def joined(self, following: HoleIds) -> HoleIds:
        """Return this hole continued by its next block."""
        return HoleIds(
            self.ids + following.ids,
            self.confidence + following.confidence,
            self.settled + following.settled,
            following.is_closed,
        )

    @property
    def is_stuck(self) -> bool:
        """Whether it is open and ends in one token over and over: more room would hold more of the same."""
        tail = self.ids[-_STUCK:]
        return not self.is_closed and len(tail) == _STUCK and len(set(tail)) == 1

    def texts(self, tokenizer: Tokenizer) -> HoleTokens:
        """Return the tokens as text."""
        rows = zip(tokenizer.token_texts(self.ids), self.confidence, self.settled, strict=True)
        return tuple(TokenText(*row) for row in rows)


NOTHING = HoleIds((), (), (), is_closed=False)
ENDED = HoleIds((), (), (), is_closed=True)


def read_hole(
    ids: Sequence[int], confidence: Sequence[float], settled: Sequence[bool], closers: frozenset[int]
) -> HoleIds:
    """Return what stands before the first of `closers` (filler and end tokens) in a hole's columns."""
    end = next((place for place, token in enumerate(ids) if token in closers), len(ids))
    return HoleIds(tuple(ids[:end]), tuple(confidence[:end]), tuple(settled[:end]), is_closed=end < len(ids))
