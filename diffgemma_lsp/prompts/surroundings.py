"""The document around the holes of a group, and where it stops to parse once they are filled."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from diffgemma_lsp import text
from diffgemma_lsp.prompts.tokenizer import Tokenizer
from diffgemma_lsp.text.syntax.soundness import Soundness


class Place(NamedTuple):
    """A token of a hole, both counted from 0; the number of a hole's tokens is the place behind them."""

    hole: int
    token: int


class Surroundings:
    """The texts before, between and behind the holes, whole; `language` is that of the document, "" for none."""

    def __init__(self, texts: Sequence[str], language: str, tokenizer: Tokenizer) -> None:
        self.texts = tuple(texts)
        self._language = language
        self._tokenizer = tokenizer

    @cached_property
    def _soundness(self) -> Soundness:
        return Soundness(self.texts[0], self.texts[-1], self._language)

    @property
    def line(self) -> str:
        """What stands before the first hole in its line."""
        return self.texts[0].rpartition("\n")[2]

    @cached_property
    def _around_all(self) -> text.Surroundings:
        before, *_, behind = self.texts
        return text.Surroundings(before, behind, given=before + behind)

    def spelled(self, ids: Sequence[int]) -> str:
        """Return the text of tokens."""
        return self._tokenizer.decode(ids)

    def says_nothing(self, ids: Sequence[int]) -> bool:
        """Say whether of these tokens in the only hole nothing is left but blanks, once they are trimmed."""
        left = text.trim(self._tokenizer.token_texts(ids), self._around_all)
        return not "".join(part.text for part in left).strip()

    def first_error(self, holes: Sequence[Sequence[int]]) -> Place | None:
        """Return where the document stops to parse with these tokens in its holes, None where it parses.

        What goes wrong before the first hole counts as its first token, what goes wrong behind a hole as its end.
        """
        between = self.texts[1:-1]
        pieces: list[tuple[Place, str]] = []
        for hole, (ids, following) in enumerate(zip(holes, (*between, ""), strict=True)):
            texts = (*self._tokenizer.token_texts(ids), following)
            pieces += [(Place(hole, token), piece) for token, piece in enumerate(texts)]
        error = self._soundness.first_error("".join(piece for _, piece in pieces))
        if error is None:
            return None
        ends = accumulate(len(piece) for _, piece in pieces)
        behind = pieces[-1][0]
        return next((place for (place, _), end in zip(pieces, ends, strict=True) if end > error), behind)
