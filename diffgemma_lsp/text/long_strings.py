"""Strings of several lines, whose white space is part of the program."""

from __future__ import annotations

_TRIPLE = ('"""', "'''")
_BACKTICK = "`"


def starts_in_long_string(text: str, prefix: str = "") -> list[bool]:
    """Say of each line of `text` whether a long string that may begin in it or in `prefix` is open at its start.

    A backtick opens one in some languages and quotes words in others' comments, so those of `prefix` do not count.
    """
    counts = {quotes: prefix.count(quotes) for quotes in _TRIPLE} | {_BACKTICK: 0}
    starts: list[bool] = []
    for line in text.split("\n"):
        starts.append(any(count % 2 for count in counts.values()))
        for quotes in counts:
            counts[quotes] += line.count(quotes)
    return starts
