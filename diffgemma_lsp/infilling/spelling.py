"""What tokens spell: which of them may come next where a text is known, and where a word begins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor

from diffgemma_lsp.prompts.tokenizer import Tokenizer


class Spelling:
    """The texts of the first `size` tokens; masks `(size,)` over them stand on `device`."""

    def __init__(self, tokenizer: Tokenizer, size: int, device: torch.device) -> None:
        self._texts = ["".join(tokenizer.token_texts([id_])) for id_ in range(size)]
        self._device = device
        self._by_first: dict[str, list[int]] = {}
        for id_, text in enumerate(self._texts):
            self._by_first.setdefault(text[:1], []).append(id_)
        self._is_text = self._mask(id_ for id_, text in enumerate(self._texts) if text)
        self.ends_line = self._mask(id_ for id_, text in enumerate(self._texts) if "\n" in text)

    def possible(self, remaining: Sequence[str]) -> Tensor:
        """Return which tokens `(B, V)` may be next where the texts `remaining` come first, and no other line ends."""
        return torch.stack([self._mask(self._fitting(text)) if text else self._is_text for text in remaining])

    def length_of_last_word(self, ids: Sequence[int]) -> int:
        """Return how many tokens make the last word with the space before it, or the last run of other characters."""
        first = ""
        for count, id_ in enumerate(reversed(ids)):
            text = self._texts[id_]
            if text == " " and first:
                return count + 1
            if text == "" or (first and _kind(text[-1]) != _kind(first)):
                return count
            first = text[0]
        return len(ids)

    def _fitting(self, remaining: str) -> Iterator[int]:
        for id_ in self._by_first.get(remaining[0], ()):
            text = self._texts[id_]
            goes_on = text.startswith(remaining) and text.count("\n") == remaining.count("\n")
            if goes_on or remaining.startswith(text):
                yield id_

    def _mask(self, ids: Iterable[int]) -> Tensor:
        mask = torch.zeros(len(self._texts), dtype=torch.bool, device=self._device)
        mask[list(ids)] = True
        return mask


def _kind(character: str) -> str:
    if character.isalnum() or character == "_":
        return "word"
    return "blank" if character.isspace() else "other"
