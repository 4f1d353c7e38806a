"""What stands elsewhere in a document between the same characters as a hole: the word `counter` between `co` and `ter`.

Lines tell where whole lines go; a hole that begins and ends within lines has more to go by, the characters next to it.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

# So many characters must be the same on each side, if the hole is not within a word; and so many are compared.
_LEAST_SAME, _MOST_SAME = 3, 32
# The nearest places come first; places that share more with this one are looked for farther away.
_KEYS = (8, _LEAST_SAME)
_MOST_PLACES = 48
_LONGEST = 200
_STUB = re.compile(r"\w*\Z")
_STUB_AFTER = re.compile(r"\w*")
# Longer words are data.
_LONGEST_WORD = 80
# A logistic model of which texts are right, fitted on 600 holes within lines of validation code: what it gives for the
# characters that are the same before and after, for each doubling of the places, and takes for the text's length. The
# offset is where a text is too unlikely to be looked at.
_SAME, _AGREEMENT, _LENGTH, _OFFSET = 0.26, 0.4, 0.97, 4.0


@dataclass(frozen=True, slots=True)
class Between:
    """A text that stands between the same characters as the hole, at `offset` of the document without the hole.

    `context` says how much the characters around are the same, from 0 to about 10: a unit makes the odds e-fold.
    """

    text: str
    context: float
    offset: int


@dataclass(frozen=True, slots=True)
class _Side:
    """The text before the hole or after it, which begins at `offset` of the document."""

    text: str
    offset: int


def find_between(prefix: str, suffix: str) -> tuple[Between, ...]:
    """Return different texts, in no order; none for a hole of whole lines."""
    around = prefix[-_MOST_SAME:].rpartition("\n")[2] + suffix[:_MOST_SAME].partition("\n")[0]
    if not around.strip():
        return ()
    ends_line = suffix[:1] in {"", "\n"}
    places: dict[str, dict[int, float]] = defaultdict(dict)
    for side, start, end in (*_words(prefix, suffix), *_stretches(prefix, suffix)):
        text = side.text[start:end].rstrip() if ends_line else side.text[start:end]
        if text.strip():
            same = _common_end(side.text, start, prefix), _common_start(side.text, end, suffix)
            places[text][side.offset + start] = math.log2(1 + same[0]) * math.log2(1 + same[1])
    found = (_between(text, held) for text, held in places.items())
    return tuple(each for each in found if each.context > 0)


def _between(text: str, places: dict[int, float]) -> Between:
    best = max(places, key=places.__getitem__)
    agreement = _AGREEMENT * math.log2(len(places))
    context = _OFFSET + _SAME * places[best] + agreement - _LENGTH * math.log2(1 + len(text))
    return Between(text, context, best)


def _words(prefix: str, suffix: str) -> Iterator[tuple[_Side, int, int]]:
    """Yield where words begin and end as the word does in which the hole is, without these two parts."""
    found = _STUB.search(prefix, max(0, len(prefix) - _LONGEST_WORD))
    stub = found[0] if found else ""
    if not stub:
        return
    following = _STUB_AFTER.match(suffix, 0, _LONGEST_WORD)
    whole = re.compile(rf"\w+(?={following[0] if following else ''}\b)")
    for side, start in _after_each(stub, prefix, suffix, 2 * _MOST_PLACES):
        begin = start - len(stub)
        if begin and _is_of_word(side.text[begin - 1]):
            continue
        if (word := whole.match(side.text, start, start + _LONGEST_WORD)) is not None:
            yield side, start, word.end()


def _is_of_word(character: str) -> bool:
    return character == "_" or character.isalnum()


def _stretches(prefix: str, suffix: str) -> Iterator[tuple[_Side, int, int]]:
    """Yield what stands between the same few characters as the hole, the shortest from each place on."""
    head = suffix[:_LEAST_SAME]
    for size in _KEYS if head else ():
        tail = prefix[-size:]
        if len(tail) < size or tail.isspace():
            continue
        for side, start in _after_each(tail, prefix, suffix, _MOST_PLACES):
            end = side.text.find(head, start + 1, start + _LONGEST)
            if end > 0:
                yield side, start, end


def _after_each(key: str, prefix: str, suffix: str, most: int) -> Iterator[tuple[_Side, int]]:
    """Yield where `key` ends: at most `most` places on each side of the hole, the nearest first."""
    at = prefix.rfind(key, 0, max(0, len(prefix) - 1))
    for _ in range(most):
        if at < 0:
            break
        yield _Side(prefix, 0), at + len(key)
        at = prefix.rfind(key, 0, at + len(key) - 1)
    at = suffix.find(key)
    for _ in range(most):
        if at < 0:
            break
        yield _Side(suffix, len(prefix)), at + len(key)
        at = suffix.find(key, at + 1)


def _common_end(text: str, end: int, prefix: str) -> int:
    """Return how many characters before `end` of `text` are those at the end of `prefix`."""
    most = min(_MOST_SAME, end, len(prefix))
    return next((n for n in range(most) if text[end - 1 - n] != prefix[-1 - n]), most)


def _common_start(text: str, start: int, suffix: str) -> int:
    """Return how many characters from `start` of `text` on are those at the start of `suffix`."""
    most = min(_MOST_SAME, len(text) - start, len(suffix))
    return next((n for n in range(most) if text[start + n] != suffix[n]), most)
