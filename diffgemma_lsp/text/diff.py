"""The difference between two texts, as people and `patch` read it."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import takewhile

_CONTEXT_LINES = 3
_NO_NEWLINE = "\\ No newline at end of file\n"


def unified_diff(before: str, after: str, path: str) -> Iterator[str]:
    r"""Yield the lines of a unified diff, each with its `\n`; none where the texts are the same.

    Lines end at `\n` alone, so the `\r` of a line end stands in the diff as it does in the file, and what comes out
    can be applied. Only what lies between the first and the last difference is compared, so a long file costs little.
    """
    old, new = _lines(before), _lines(after)
    head = _common_lines(old, new)
    tail = _common_lines(old[head:][::-1], new[head:][::-1])
    first = max(head - _CONTEXT_LINES, 0)
    past = max(tail - _CONTEXT_LINES, 0)
    old, new = old[first : len(old) - past], new[first : len(new) - past]
    if old != new:
        yield f"--- {path}\n"
        yield f"+++ {path}\n"
    for hunk in SequenceMatcher(None, old, new).get_grouped_opcodes(_CONTEXT_LINES):
        removed = _range(first + hunk[0][1], first + hunk[-1][2])
        added = _range(first + hunk[0][3], first + hunk[-1][4])
        yield f"@@ -{removed} +{added} @@\n"
        for tag, old_start, old_end, new_start, new_end in hunk:
            if tag == "equal":
                yield from _marked(" ", old[old_start:old_end])
                continue
            yield from _marked("-", old[old_start:old_end])
            yield from _marked("+", new[new_start:new_end])


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + [line for line in lines[-1:] if line]


def _common_lines(one: list[str], other: list[str]) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _range(start: int, end: int) -> str:
    """Return lines `start` to `end`, half-open from 0, as a hunk's header counts them: first line and length."""
    return f"{start + 1 if end > start else start},{end - start}"


def _marked(mark: str, lines: list[str]) -> Iterator[str]:
    for line in lines:
        yield f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}\n{_NO_NEWLINE}"
