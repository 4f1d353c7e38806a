"""The document around the holes of a group, and where it stops to parse once they are filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from diffgemma_lsp.models.tokenizer import Tokenizer
from diffgemma_lsp.text.syntax.soundness import first_error


class Place(NamedTuple):
    """A token of a hole, both counted from 0; the number of a hole's tokens is the place behind them."""

    hole: int
    token: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`texts` stand before, between and behind the holes, whole; `language` is that of the document, "" for none."""

    texts: tuple[str, ...]
    language: str
    tokenizer: Tokenizer

    @property
    def line(self) -> str:
        """What stands before the first hole in its line."""
        return self.texts[0].rpartition("\n")[2]

    def first_error(self, holes: Sequence[Sequence[int]]) -> Place | None:
        """Return where the document stops to parse with these tokens in its holes, None where it parses.

        What goes wrong before the first hole counts as its first token, what goes wrong behind a hole as its end.
        """
        first, *between, last = self.texts
        pieces: list[tuple[Place, str]] = []
        for hole, (ids, following) in enumerate(zip(holes, (*between, ""), strict=True)):
            texts = (*self.tokenizer.token_texts(ids), following)
            pieces += [(Place(hole, token), text) for token, text in enumerate(texts)]
        error = first_error(first, "".join(text for _, text in pieces), last, self.language)
        if error is None:
            return None
        ends = accumulate(len(text) for _, text in pieces)
        behind = pieces[-1][0]
        return next((place for (place, _), end in zip(pieces, ends, strict=True) if end > error), behind)
