"""Names carried over: what a precedent calls `name` is called something else here, as the lines around both show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache

from diffgemma_lsp.text.precedents.words import is_name, parts_of, tokens_of

# Tokens that two lines must share, of all that the longer one has, before they say anything about each other's names.
_LEAST_COMMON = 0.4
# From one key to the next a place keeps its neighbours, and so most of the pairs that are compared.
_MOST_REMEMBERED = 2048


def carry_over(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Return `text` with its names changed as `pairs` of lines change theirs, each being (there, here).

    1. Words that stand in the same place of both lines of a pair correspond; each pair has one vote on each.
    2. A name of `text` becomes what most votes say.
    3. A name with no vote changes in the parts by which corresponding names differ, such as `old` in `old_size`.
    """
    votes: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for there, here in pairs:
        for old, new in _corresponding(there.strip(), here.strip()):
            votes[old][new] += 1
    names = {old: max(counts, key=lambda new: (counts[new], new == old)) for old, counts in votes.items()}
    if all(old == new for old, new in names.items()):
        return text
    parts = dict(_changed_parts(names))
    return "".join(names.get(token) or _with_parts(token, parts) for token in tokens_of(text))


@lru_cache(_MOST_REMEMBERED)
def _corresponding(there: str, here: str) -> tuple[tuple[str, str], ...]:
    """Return the names that stand in the same place of two lines, none where the lines have little in common."""
    return tuple(_pairs_of(tokens_of(there), tokens_of(here)))


def _pairs_of(there: list[str], here: list[str]) -> Iterator[tuple[str, str]]:
    if there == here:
        yield from ((name, name) for name in there if is_name(name))
        return
    least = _LEAST_COMMON * max(len(there), len(here))
    known = set(here)
    # Comparing in order is slow; most pairs are told apart without.
    if sum(token in known for token in there) < least:
        return
    if len(there) == len(here):
        blocks = [("", 0, len(there), 0, len(here))]
        same = sum(old == new for old, new in zip(there, here, strict=True))
    else:
        matcher = SequenceMatcher(None, there, here, autojunk=False)
        blocks = list(matcher.get_opcodes())
        same = sum(block.size for block in matcher.get_matching_blocks())
    if same < least:
        return
    for _, start, end, first, last in blocks:
        if end - start == last - first:
            both = zip(there[start:end], here[first:last], strict=True)
            yield from ((old, new) for old, new in both if is_name(old) and is_name(new))


def _changed_parts(names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the parts in which a name and its counterpart differ, where they have as many and differ in one."""
    for old, new in names.items():
        both = list(zip(parts_of(old), parts_of(new), strict=False))
        differing = [pair for pair in both if pair[0] != pair[1]]
        if len(parts_of(old)) == len(parts_of(new)) and len(differing) == 1:
            yield differing[0]


def _with_parts(token: str, parts: Mapping[str, str]) -> str:
    if not parts or not is_name(token):
        return token
    return "".join(parts.get(part, part) for part in parts_of(token))
