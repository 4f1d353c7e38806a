"""Lines that the encoder writes from left to right: answers beside those that come from noise.

The encoder of a small checkpoint knows more of a line than its decoder does, which `infilling/NOTES.md` measures. It
writes without the canvas, so a line ends where the text behind the hole could follow.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from diffgemma_lsp.diffusion.backend import Backend
from diffgemma_lsp.diffusion.cache import PrefixCache
from diffgemma_lsp.infilling.ngrams import MOST_CONTEXT, NgramCache
from diffgemma_lsp.infilling.spelling import Spelling
from diffgemma_lsp.prompts.layout import Layout
from diffgemma_lsp.prompts.reading import HoleIds
from diffgemma_lsp.prompts.tokenizer import Tokenizer

MOST_TOKENS = 32
"""Of a line."""

_HOPELESS = 3.0
"""Nats by which a beginning is less likely than a line that ended, and is given up."""

_LIKELY = -5.0
"""Nats: as long as some lines together are likelier, one more is tried."""

_SAME_CHARACTERS = 4
"""So many, blanks at the ends not counted, tell that a line is the next one behind the hole."""

_ANCHOR_CHARACTERS = 3
"""So many characters of the suffix tell where a line may end before its end."""


@dataclass(frozen=True, slots=True)
class Line:
    """The rest of a line, or the next where nothing is missing of it; `log_probability` is in nats.

    That of a line which ended counts its end.
    """

    text: str
    log_probability: float

    def followed_by(self, line: Line) -> Line:
        """Return this line with the next one."""
        return Line(f"{self.text}\n{line.text}", self.log_probability + line.log_probability)


class LineSearch:
    """Searches the likeliest `beams` lines that go on after `tail`, which follows a cache, by beam search.

    What `tail` ends with may be the beginning of longer tokens. So its last word is written again, by any tokens whose
    text begins with it. If it `follows_line`, that word is a line end that was written, after which a blank line would
    have been possible, too: lines are as much less likely. `ngrams` are those of the document. `lines` are those that
    ended so far, likeliest first.
    """

    def __init__(
        self,
        backend: Backend,
        tokenizer: Tokenizer,
        spelling: Spelling,
        cache: PrefixCache,
        tail: Sequence[int],
        ngrams: NgramCache,
        beams: int,
        *,
        follows_line: bool = False,
    ) -> None:
        self.lines: list[Line] = []
        self._backend = backend
        self._tokenizer = tokenizer
        self._spelling = spelling
        self.cache = cache
        self.tail = tail
        self.ngrams = ngrams
        self._beams = beams
        self._follows_line = follows_line
        kept = len(tail) - spelling.length_of_last_word(tail)
        self._word = tokenizer.decode(tail[kept:])
        self._branches = cache.branches(cache.length - 1)
        *self._before, last = cache.ids[-MOST_CONTEXT:]
        self._next = torch.tensor([[last, *tail[:kept]]], device=backend.device)
        self._first = self._next.shape[1]
        self._totals = torch.zeros(1, device=backend.device)

    def drafts(self, most: int, least: float = -math.inf) -> Iterator[Line]:
        """Search lines of at most `most` tokens; after each, yield the likeliest that ended or goes on.

        The search is over once nothing goes on that is likelier than `least`, or hopes to join the lines.
        """
        for _ in range(most):
            texts, chances = self._read()
            ending = self._end(texts, chances)
            chances = chances.masked_fill(ending, -torch.inf)
            self._go_on(chances)
            leading = self._leading()
            if best := self.lines[:1] + leading:
                yield max(best, key=lambda line: line.log_probability)
            if all(line.log_probability <= max(least, self._bar()) for line in leading):
                break

    def _bar(self) -> float:
        """Return what is too unlikely to go on."""
        if not self.lines:
            return -math.inf
        hopeless = self.lines[0].log_probability - _HOPELESS
        return max(hopeless, self.lines[-1].log_probability) if len(self.lines) == self._beams else hopeless

    def _read(self) -> tuple[list[str], Tensor]:
        """Return the rows' texts, and the log-probabilities `(B, V)` of what may follow."""
        chances = self._backend.next_log_probabilities(self._next, self._branches)
        rows = self._branches.ids.tolist()
        chances = self.ngrams.mixed(chances, [[*self._before, *row] for row in rows])
        texts = [self._tokenizer.decode(row[self._first :]) for row in rows]
        remaining = [self._word[len(text) :] for text in texts]
        possible = self._spelling.possible(remaining)
        if len(rows[0]) == self._first:  # of the first token, some text is known
            known = self._spelling.ends_line if self._follows_line else possible
            chances = chances - chances.masked_fill(~known, -torch.inf).logsumexp(dim=-1, keepdim=True)
        return texts, chances.masked_fill(~possible, -torch.inf)

    def _end(self, texts: Sequence[str], chances: Tensor) -> Tensor:
        """Add what may end here to the lines, and return which tokens `(B, V)` end it."""
        has_text = [text[len(self._word) :].strip() != "" for text in texts]
        ending = torch.tensor(has_text, device=chances.device)[:, None] & self._spelling.ends_line
        ends = self._totals + chances.masked_fill(~ending, -torch.inf).logsumexp(dim=-1)
        found = (Line(text[len(self._word) :], end) for text, end in zip(texts, ends.tolist(), strict=True))
        lines = (*self.lines, *(line for line in found if math.isfinite(line.log_probability)))
        self.lines = sorted(lines, key=lambda line: line.log_probability, reverse=True)[: self._beams]
        return ending

    def _go_on(self, chances: Tensor) -> None:
        longer = (self._totals[:, None] + chances).flatten()
        self._totals, places = longer.topk(min(self._beams, int(longer.isfinite().sum())))
        self._branches.select(places // chances.shape[-1])
        self._next = places[:, None] % chances.shape[-1]

    def _leading(self) -> list[Line]:
        """Return the likeliest row, with the token that comes next in it, if any goes on."""
        if len(self._totals) == 0:
            return []
        row = torch.cat([self._branches.ids[0, self._first :], self._next[0]]).tolist()
        return [Line(self._tokenizer.decode(row)[len(self._word) :], float(self._totals[0]))]


class LineWriter:
    """Writes what may stand in the only hole of a layout: at most twice `beams` texts."""

    def __init__(self, backend: Backend, tokenizer: Tokenizer, beams: int) -> None:
        self._backend = backend
        self._tokenizer = tokenizer
        self._beams = beams
        self._spelling = Spelling(tokenizer, backend.vocab_size, backend.device)

    def search(self, cache: PrefixCache, tail: Sequence[int], ngrams: NgramCache) -> LineSearch:
        """Return the search for lines after `tail`, which follows the cache, still without any."""
        return LineSearch(self._backend, self._tokenizer, self._spelling, cache, tail, ngrams, self._beams)

    def longer(self, search: LineSearch, suffix: str, most: int) -> Iterator[Line]:
        """Go on from the likeliest line of a search into the next ones, as long as all of them together are likely.

        At most `most` tokens are written; after each, yield what `drafts` yields. The longer ones join the lines of the
        search, each behind the one that it goes on from. A line that begins as `suffix` does is the next one behind the
        hole, so nothing is missing before it.
        """
        before, behind = self._tokenizer.decode(search.tail), suffix.lstrip("\n")
        place = 0
        while search.lines and (line := search.lines[place]).log_probability > _LIKELY:
            tail = self._tokenizer.encode(f"{before}{line.text}\n")
            if len(tail) >= most:
                break
            following = self._following(search, tail)
            for draft in following.drafts(min(MOST_TOKENS, most - len(tail)), _LIKELY - line.log_probability):
                if len(draft.text.strip()) >= _SAME_CHARACTERS and behind.startswith(draft.text):
                    return
                yield line.followed_by(draft)
            if not following.lines:
                break
            longer = line.followed_by(following.lines[0])
            if longer.log_probability <= _LIKELY:
                break
            place += 1
            search.lines.insert(place, longer)

    def _following(self, search: LineSearch, tail: Sequence[int]) -> LineSearch:
        """Return a search of the likeliest line after `tail`, which ends with a line that another search found."""
        tools = (self._backend, self._tokenizer, self._spelling)
        return LineSearch(*tools, search.cache, tail, search.ngrams, beams=1, follows_line=True)

    def holes(self, lines: Sequence[Line], layout: Layout, limit: int) -> list[HoleIds]:
        """Return what of the lines may stand in the hole, at most `limit` tokens each."""
        before = self._tokenizer.decode((*layout.prompt[-1:], *layout.tail))
        suffix = self._tokenizer.decode(layout.suffix)
        found: dict[str, HoleIds] = {}
        for line in lines:
            for text in endings(line.text, suffix, may_be_whole=before == "" or before.endswith("\n")):
                found.setdefault(text, self._hole(line, text, is_closed=True))
        return list(islice((hole for hole in found.values() if len(hole.ids) <= limit), 2 * self._beams))

    def draft(self, line: Line) -> HoleIds:
        """Return a line that is still being written."""
        return self._hole(line, line.text, is_closed=False)

    def _hole(self, line: Line, text: str, *, is_closed: bool) -> HoleIds:
        """Return a beginning of a line. The confidence in a token is its share, by characters, of the line's."""
        ids = tuple(self._tokenizer.encode(text))
        shares = [len(token) / (len(line.text) + 1) for token in self._tokenizer.token_texts(ids)]
        chances = tuple(torch.tensor(shares).mul(line.log_probability).exp().tolist())
        return HoleIds(ids, chances, (True,) * len(ids), is_closed)


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
