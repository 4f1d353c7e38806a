"""What a document itself says of the next token, beside what a model says: a cache of its n-grams.

Code repeats what stands near it, and a prompt holds little of a document. Wherever else the last tokens stand in it,
what follows there counts, and is mixed into the model's probabilities: a cache language model (Kuhn and De Mori, 1990)
with the smoothing of MacKay and Peto (1995), by which each longer context corrects what the shorter ones say.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import torch
from torch import Tensor

from diffgemma_lsp.models.tokenizer import Tokenizer

LEAST_CONTEXT, MOST_CONTEXT = 3, 10
"""Tokens."""

PRIOR_TOKENS = 16.0
"""What is said so far weighs as much as so many tokens that follow a context."""

_PARAGRAPHS = 2048
_PARAGRAPH = re.compile(r"(?<=\n)(?=\n)")
_GAP = chr(0x10FFFF)
"""No token has this number."""


class NgramCache:
    """The n-grams of texts, whose tokens are the characters of `spelled`, one for each."""

    def __init__(self, spelled: Iterable[str]) -> None:
        self._tokens = _GAP.join(("", *spelled))
        self._known: dict[str, tuple[float, dict[int, float]]] = {}

    def followers(self, context: Sequence[int]) -> Iterator[Counter[int]]:
        """Return how often each token follows the end of a context, from the shortest to the longest that is known."""
        return self._followers("".join(map(chr, context[-MOST_CONTEXT:])))

    def _followers(self, end: str) -> Iterator[Counter[int]]:
        if len(end) < LEAST_CONTEXT:
            return
        places = list(self._places_after(end[-LEAST_CONTEXT:]))
        for length in range(LEAST_CONTEXT, len(end) + 1):
            places = [place for place in places if self._tokens.startswith(end[-length:], max(0, place - length))]
            if not places:
                return
            yield Counter(ord(self._tokens[place]) for place in places)

    def mixed(self, chances: Tensor, contexts: Sequence[Sequence[int]]) -> Tensor:
        """Return log-probabilities `(B, V)` of what follows `contexts`, from those of a model."""
        pairs = zip(chances, contexts, strict=True)
        return torch.stack([_mixed(row, *self._shares(context)) for row, context in pairs])

    def log_likelihood(self, before: Sequence[int], row: Sequence[int], chances: Sequence[float]) -> float:
        """Return that of a row that goes on from some tokens, from the log-probabilities that a model gives its own."""
        tokens = [*before[-MOST_CONTEXT:], *row]
        start = len(tokens) - len(row)
        found = (self._shares(tokens[:end]) for end in range(start, len(tokens)))
        rows = zip(row, chances, found, strict=True)
        return math.fsum(_mixed_log(chance, kept, shares.get(id_, 0.0)) for id_, chance, (kept, shares) in rows)

    def _shares(self, context: Sequence[int]) -> tuple[float, dict[int, float]]:
        """Return what share of a probability is left to the model, and which tokens get the rest."""
        end = "".join(map(chr, context[-MOST_CONTEXT:]))
        if self._tokens and end not in self._known:
            self._known[end] = self._shares_of(self._followers(end))
        return self._known.get(end, (1.0, {}))

    @staticmethod
    def _shares_of(counts: Iterable[Counter[int]]) -> tuple[float, dict[int, float]]:
        kept, shares = 1.0, dict[int, float]()
        for followers in counts:
            total = PRIOR_TOKENS + followers.total()
            kept *= PRIOR_TOKENS / total
            shares = {token: share * PRIOR_TOKENS / total for token, share in shares.items()}
            for token, count in followers.items():
                shares[token] = shares.get(token, 0.0) + count / total
        return kept, shares

    def _places_after(self, tokens: str) -> Iterator[int]:
        """Yield where something follows some tokens."""
        place = self._tokens.find(tokens)
        while place >= 0:
            after = place + len(tokens)
            if self._tokens[after : after + 1] not in ("", _GAP):
                yield after
            place = self._tokens.find(tokens, place + 1)


def _mixed(chances: Tensor, kept: float, shares: Mapping[int, float]) -> Tensor:
    if not shares:
        return chances
    probabilities = chances.exp() * kept
    probabilities[list(shares)] += torch.tensor(list(shares.values()), device=chances.device)
    return probabilities.log()


def _mixed_log(chance: float, kept: float, share: float) -> float:
    return math.log(kept * math.exp(chance) + share) if share else math.log(kept) + chance


NO_NGRAMS = NgramCache(())
"""Of no text: all stays as a model says."""


class Speller:
    """Spells texts for n-grams. What it has spelled it knows by the paragraph: typing changes one."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._paragraph = lru_cache(maxsize=_PARAGRAPHS)(lambda text: "".join(map(chr, tokenizer.encode(text))))

    def ngrams(self, texts: Iterable[str]) -> NgramCache:
        """Return the n-grams of texts; none reaches from one paragraph into the next."""
        return NgramCache(self._paragraph(part) for text in texts for part in _PARAGRAPH.split(text) if part)
