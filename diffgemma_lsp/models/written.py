"""Lines that the encoder writes from left to right: answers beside those that come from noise.

The encoder of a small checkpoint knows more of a line than its decoder does, which `training/NOTES.md` measures. It
writes without the canvas, so a line ends where the text behind the hole could follow.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from diffgemma_lsp.diffusion.backend import Backend
from diffgemma_lsp.diffusion.cache import PrefixCache
from diffgemma_lsp.models.layout import Layout
from diffgemma_lsp.models.reading import HoleIds
from diffgemma_lsp.models.tokenizer import Tokenizer

_MOST_TOKENS = 32
_ANCHOR_CHARACTERS = 3
"""So many characters of the suffix tell where a line may end before its end."""


@dataclass(frozen=True, slots=True)
class Line:
    """The rest of a line, or the next where nothing is missing of it; `log_probability` counts its end, in nats."""

    text: str
    log_probability: float


class LineWriter:
    """Writes the likeliest `beams` lines by beam search."""

    def __init__(self, backend: Backend, tokenizer: Tokenizer, beams: int) -> None:
        self._backend = backend
        self._tokenizer = tokenizer
        self._beams = beams
        self._texts = ["".join(tokenizer.token_texts([id_])) for id_ in range(backend.vocab_size)]
        self._by_first: dict[str, list[int]] = {}
        for id_, text in enumerate(self._texts):
            self._by_first.setdefault(text[:1], []).append(id_)
        self._is_end = self._mask(id_ for id_, text in enumerate(self._texts) if "\n" in text)
        self._is_text = self._mask(id_ for id_, text in enumerate(self._texts) if text)

    def holes(self, cache: PrefixCache, layout: Layout, limit: int) -> list[HoleIds]:
        """Return what may stand in the only hole of a layout, at most twice `beams` of them and `limit` tokens long.

        `cache` holds the prompt. The confidence in a token is its share of the line's probability, by characters.
        """
        before = self._tokenizer.decode((*layout.prompt[-1:], *layout.tail))
        suffix = self._tokenizer.decode(layout.suffix)
        found: dict[str, HoleIds] = {}
        for line in self.lines(cache, layout.tail, min(limit, _MOST_TOKENS)):
            for text in endings(line.text, suffix, may_be_whole=before == "" or before.endswith("\n")):
                ids = tuple(self._tokenizer.encode(text))
                shares = [len(token) / (len(line.text) + 1) for token in self._tokenizer.token_texts(ids)]
                chances = tuple(torch.tensor(shares).mul(line.log_probability).exp().tolist())
                found.setdefault(text, HoleIds(ids, chances, (True,) * len(ids), is_closed=True))
        return list(islice((hole for hole in found.values() if len(hole.ids) <= limit), 2 * self._beams))

    def lines(self, cache: PrefixCache, tail: Sequence[int], most: int) -> list[Line]:
        """Return lines of at most `most` tokens that go on after `tail`, which follows the cache; likeliest first.

        What `tail` ends with may be the beginning of longer tokens. So its last word is written again, by any tokens
        whose text begins with it.
        """
        kept = len(tail) - self._length_of_last_word(tail)
        word = self._tokenizer.decode(tail[kept:])
        branches = cache.branches(cache.length - 1)
        ids = torch.tensor([[cache.ids[-1], *tail[:kept]]], device=self._backend.device)
        first = ids.shape[1]
        totals = torch.zeros(1, device=self._backend.device)
        lines: list[Line] = []
        for step in range(most):
            chances = self._backend.next_log_probabilities(ids, branches)
            texts = [self._tokenizer.decode(row) for row in branches.ids[:, first:].tolist()]
            chances = chances.masked_fill(~self._possible([word[len(text) :] for text in texts]), -torch.inf)

            has_text = [text[len(word) :].strip() != "" for text in texts]
            may_end = torch.tensor(has_text, device=totals.device)[:, None] & self._is_end
            ends = totals + chances.masked_fill(~may_end, -torch.inf).logsumexp(dim=-1)
            found = (Line(text[len(word) :], end) for text, end in zip(texts, ends.tolist(), strict=True))
            lines += (line for line in found if math.isfinite(line.log_probability))
            lines = sorted(lines, key=lambda line: line.log_probability, reverse=True)[: self._beams]

            chances = chances.masked_fill(may_end, -torch.inf)
            if step == 0:
                chances = chances.log_softmax(dim=-1)
            longer = (totals[:, None] + chances).flatten()
            totals, places = longer.topk(min(self._beams, int(longer.isfinite().sum())))
            if len(places) == 0 or (len(lines) == self._beams and lines[-1].log_probability >= totals[0]):
                break
            branches.select(places // chances.shape[-1])
            ids = places[:, None] % chances.shape[-1]
        return lines

    def _length_of_last_word(self, tail: Sequence[int]) -> int:
        """Return how many tokens make the last word with the space before it, or the last run of other characters."""
        first = ""
        for count, token in enumerate(reversed(tail)):
            text = self._texts[token]
            if text == " " and first:
                return count + 1
            if text == "" or (first and _kind(text[-1]) != _kind(first)):
                return count
            first = text[0]
        return len(tail)

    def _possible(self, remaining: Sequence[str]) -> Tensor:
        """Return which tokens `(B, V)` may be next where the texts `remaining` come first, and no other line ends."""
        return torch.stack([self._mask(self._fitting(text)) if text else self._is_text for text in remaining])

    def _fitting(self, remaining: str) -> Iterator[int]:
        for id_ in self._by_first.get(remaining[0], ()):
            text = self._texts[id_]
            goes_on = text.startswith(remaining) and text.count("\n") == remaining.count("\n")
            if goes_on or remaining.startswith(text):
                yield id_

    def _mask(self, ids: Iterable[int]) -> Tensor:
        mask = torch.zeros(len(self._texts), dtype=torch.bool, device=self._backend.device)
        mask[list(ids)] = True
        return mask


def _kind(character: str) -> str:
    if character.isalnum() or character == "_":
        return "word"
    return "blank" if character.isspace() else "other"


def endings(line: str, suffix: str, *, may_be_whole: bool) -> Iterator[str]:
    """Yield the beginnings of a line, more than blanks, after which `suffix` could stand: a line end if it is empty.

    `may_be_whole` says that the hole may be all of the line, its end included.
    """
    text = line + "\n"
    following = suffix or "\n"
    blanks = len(line) - len(line.lstrip())
    for end in range(blanks + 1, len(text)):
        if following.startswith(text[end : end + _ANCHOR_CHARACTERS]):
            yield text[:end]
    if may_be_whole and not following.startswith("\n"):
        yield text
