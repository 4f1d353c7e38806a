"""What a line of code is made of."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d]\w*|\d+")
_TOKEN = re.compile(r"\w+|[^\w\s]|\s+")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|_+|[^A-Za-z\d_]+")


def words_of(line: str) -> frozenset[str]:
    """Return the names, keywords and numbers in a line."""
    return frozenset(_WORD.findall(line))


def tokens_of(text: str) -> list[str]:
    """Return the words, single signs and white space that `text` is when they are joined."""
    return _TOKEN.findall(text)


def parts_of(name: str) -> list[str]:
    """Return the parts of a name, which it is when they are joined: `_find_HTTPError` is `_ find _ HTTP Error`."""
    return _PART.findall(name)


def is_name(token: str) -> bool:
    """Say whether a token is a name or a keyword."""
    return token.isidentifier()
