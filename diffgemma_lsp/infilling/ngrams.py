"""What a document itself says of the next token, beside what a model says: a cache of its n-grams.

Code repeats what stands near it, and a prompt holds little of a document. Wherever else the last tokens stand in it,
what follows there counts, and is mixed into the model's probabilities: a cache language model (Kuhn and De Mori, 1990)
with the smoothing of MacKay and Peto (1995), by which each longer context corrects what the shorter ones say. A context
that many different tokens follow tells little of the next one, and corrects less (as Witten and Bell count, 1991).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from diffgemma_lsp.prompts.smoothing import Smoothing
from diffgemma_lsp.prompts.tokenizer import Tokenizer

MOST_CONTEXT = 8
"""Tokens."""

_PARAGRAPHS = 2048
_PARAGRAPH = re.compile(r"(?<=\n)(?=\n)")
_GAP = chr(0x10FFFF)
"""No token has this number."""


class Followers(NamedTuple):
    """What follows a context: at which places, how often each token, and the share of the probability that they get."""

    places: Sequence[int]
    counts: Counter[int]
    share: float

    def part(self, token: int) -> float:
        """Return what a token gets of that share."""
        return self.share * self.counts[token] / len(self.places)


class NgramCache:
    """The n-grams of texts, whose tokens are the characters of `spelled`, one for each."""

    def __init__(self, spelled: Iterable[str], smoothing: Smoothing) -> None:
        self._smoothing = smoothing
        self._tokens = "".join(_GAP + text for text in spelled)
        self._followers: dict[str, Followers] = {}
        self._shares: dict[str, tuple[float, dict[int, float]]] = {}

    def followers(self, context: Sequence[int]) -> Iterator[Followers]:
        """Yield what follows the end of a context, from the shortest to the longest that is known."""
        end = _spelled(context) if self._tokens else ""
        shorter: Followers | None = None
        for start in reversed(range(len(end))):
            known = self._followers.get(end[start:])
            if known is None:
                known = self._followers[end[start:]] = self._following(end[start:], shorter)
            if not known.places:
                return
            yield known
            shorter = known

    def mixed(self, chances: Tensor, contexts: Sequence[Sequence[int]]) -> Tensor:
        """Return log-probabilities `(B, V)` of what follows `contexts`, from those of a model."""
        if not self._tokens:
            return chances
        pairs = zip(chances, contexts, strict=True)
        return torch.stack([_mixed(row, *self._shares_after(context)) for row, context in pairs])

    def log_likelihood(self, before: Sequence[int], row: Sequence[int], chances: Sequence[float]) -> float:
        """Return that of a row that goes on from some tokens, from the log-probabilities that a model gives its own."""
        tokens = [*before[-MOST_CONTEXT:], *row]
        start = len(tokens) - len(row)
        ends = enumerate(chances, start)
        return math.fsum(_mixed_log(chance, tokens[end], self.followers(tokens[:end])) for end, chance in ends)

    def _following(self, context: str, shorter: Followers | None) -> Followers:
        """Return what follows a context, from what follows it without its first token, which is None for a single."""
        tokens = self._tokens
        if shorter is None:
            places = list(self._places_after(context))
        else:
            places = [place for place in shorter.places if tokens[place - len(context)] == context[0]]
            if len(places) == len(shorter.places):
                return shorter
        counts = Counter(ord(tokens[place]) for place in places)
        return Followers(places, counts, self._smoothing.share(len(places), len(counts)))

    def _places_after(self, token: str) -> Iterator[int]:
        """Yield where something follows a token."""
        place = self._tokens.find(token) + 1
        while place:
            if self._tokens[place : place + 1] not in ("", _GAP):
                yield place
            place = self._tokens.find(token, place) + 1

    def _shares_after(self, context: Sequence[int]) -> tuple[float, dict[int, float]]:
        """Return what share of a probability is left to the model, and which tokens get the rest."""
        end = _spelled(context)
        if end not in self._shares:
            self._shares[end] = _shares_of(tuple(self.followers(context)))
        return self._shares[end]


def _spelled(context: Sequence[int]) -> str:
    return "".join(map(chr, context[-MOST_CONTEXT:]))


def _shares_of(followers: Sequence[Followers]) -> tuple[float, dict[int, float]]:
    """Mix what follows contexts, from the shortest to the longest: each leaves to those before it what it does not."""
    kept, shares = 1.0, dict[int, float]()
    for places, counts, share in reversed(followers):
        each = kept * share / len(places)
        for token, count in counts.items():
            shares[token] = shares.get(token, 0.0) + each * count
        kept *= 1 - share
    return kept, shares


def _mixed(chances: Tensor, kept: float, shares: Mapping[int, float]) -> Tensor:
    if not shares:
        return chances
    probabilities = chances.exp() * kept
    probabilities[list(shares)] += torch.tensor(list(shares.values()), device=chances.device)
    return probabilities.log()


def _mixed_log(chance: float, token: int, contexts: Iterable[Followers]) -> float:
    """Mix as `_mixed` does, for one token: what others get need not be counted, which takes half of the time."""
    kept, share = 1.0, 0.0
    for followers in contexts:
        kept *= 1 - followers.share
        share = share * (1 - followers.share) + followers.part(token)
    return math.log(kept * math.exp(chance) + share) if share else math.log(kept) + chance


NO_NGRAMS = NgramCache((), Smoothing(1.0, 1.0))
"""Of no text: all stays as a model says."""


class Speller:
    """Spells texts for n-grams. What it has spelled it knows by the paragraph: typing changes one."""

    def __init__(self, tokenizer: Tokenizer, smoothing: Smoothing) -> None:
        self._smoothing = smoothing
        self._paragraph = lru_cache(maxsize=_PARAGRAPHS)(lambda text: "".join(map(chr, tokenizer.encode(text))))

    def ngrams(self, before: str, behind: str) -> NgramCache:
        """Return the n-grams of a document around a hole; none reaches from one paragraph into the next.

        The line that the hole cuts is left out up to there, and the line end before it, which may be one token with
        its indentation: what is cut within a word would say to cut it just so.
        """
        texts = (before.rpartition("\n")[0], behind)
        parts = (part for text in texts for part in _PARAGRAPH.split(text) if part)
        return NgramCache(map(self._paragraph, parts), self._smoothing)
