"""How much lines of a repository resemble given lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from diffgemma_lsp.text.precedents.index import BORDER, PrecedentIndex
from diffgemma_lsp.text.precedents.words import words_of

NEARNESS = 0.45
"""What a line counts of what the one nearer to the hole counts."""
# Lines with all their words in common may still differ in signs.
_SAME_WORDS = 0.95


@dataclass(frozen=True, slots=True)
class Likeness:
    """Compares `lines` with as many in the index that follow each other by `step`; remembers what it compared.

    The first line counts most, each later one `NEARNESS` times the one before it. `own` are the
    given lines themselves where the index holds them: a line does not speak for itself.
    """

    index: PrecedentIndex
    lines: tuple[str, ...]
    step: Callable[[int], int]
    own: tuple[int, ...]
    _weights: tuple[Mapping[str, float], ...]
    _words: dict[int, tuple[str, frozenset[str], float]] = field(default_factory=dict)
    _seen: dict[tuple[int, int], float] = field(default_factory=dict)

    @classmethod
    def of(
        cls, index: PrecedentIndex, lines: Sequence[str], step: Callable[[int], int], own: Sequence[int]
    ) -> Likeness:
        """Weigh the words of `lines`."""
        weights = tuple({word: index.weight(word) for word in words_of(line)} for line in lines)
        return cls(index, tuple(line.strip() for line in lines), step, tuple(own), weights)

    def at(self, place: int) -> float:
        """Return how much the lines from `place` on resemble the given ones, from 0 to 1."""
        total = share = 0.0
        part = 1.0
        for number in range(len(self.lines)):
            total += part
            if place != BORDER:
                share += part * self._similarity(number, place)
                place = self.step(place)
            part *= NEARNESS
        return share / total if total else 0.0

    def _similarity(self, number: int, place: int) -> float:
        """Return the weight of the words that both lines have, of all their words; 1 for the same line."""
        if place == self.own[number]:
            return 0.0
        key = number, place
        if (seen := self._seen.get(key)) is not None:
            return seen
        weights = self._weights[number]
        text, words, weight = self._weighed(place)
        if text == self.lines[number]:
            found = 1.0
        else:
            shared = sum(weights[word] for word in words if word in weights)
            found = _SAME_WORDS * shared / (sum(weights.values()) + weight - shared or 1.0)
        self._seen[key] = found
        return found

    def _weighed(self, place: int) -> tuple[str, frozenset[str], float]:
        """Return a line of the index, its words and the sum of their weights."""
        weighed = self._words.get(place)
        if weighed is None:
            text = self.index.text(place)
            words = words_of(text)
            weighed = self._words[place] = (text.strip(), words, sum(map(self.index.weight, words)))
        return weighed
