"""Passages of documents, and which of them have most to do with a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from diffgemma_lsp.text.borders import last_border
from diffgemma_lsp.text.spans import Span

_NAME = re.compile(r"\b[^\W\d]\w{2,}")
# Characters of a passage: a function of thirty lines stays whole.
_LONGEST = 1200
_SHORTEST = 400
# Two texts of one language share its keywords; they have to share more than that.
_LEAST_SIMILARITY = 0.08


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of the document at `path`, and the names that stand in it: words of three letters or more."""

    path: str
    text: str
    names: frozenset[str]


def names_in(text: str) -> frozenset[str]:
    """Return the names in a text."""
    return frozenset(_NAME.findall(text))


def passages_of(path: str, text: str) -> tuple[Passage, ...]:
    """Cut a document into passages, where it has blank lines and little indentation."""
    parts = (text[span.start : span.end] for span in _cuts(text))
    return tuple(Passage(path, part, names_in(part)) for part in parts if part.strip())


def most_similar(names: frozenset[str], passages: Iterable[Passage], most_characters: int) -> tuple[Passage, ...]:
    """Return the passages that share most names with a text that holds `names`, the most similar first.

    As many as fit into `most_characters`, by Jaccard similarity: shared names of all names. Of two that are equally
    similar, the first given comes first.
    """
    scored = [(_similarity(names, passage.names), passage) for passage in passages]
    ranked = sorted((pair for pair in scored if pair[0] >= _LEAST_SIMILARITY), key=lambda pair: -pair[0])
    found: list[Passage] = []
    for _, passage in ranked:
        most_characters -= len(passage.text)
        if most_characters < 0:
            break
        found.append(passage)
    return tuple(found)


def _similarity(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0


def _cuts(text: str) -> Iterator[Span]:
    start = 0
    while len(text) - start > _LONGEST:
        end = last_border(text, Span(start + _SHORTEST, start + _LONGEST)) or start + _LONGEST
        yield Span(start, end)
        start = end
    yield Span(start, len(text))
