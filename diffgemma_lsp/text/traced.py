"""A text that still knows its tokens after it was cut and changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class TokenPart:
    """What is left of token `index`: never empty, and not always a part of the token's own text."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class TracedText:
    """`owners[i]` is the index of the token to which character i of `text` belongs; owners never decrease."""

    text: str
    owners: tuple[int, ...]

    @classmethod
    def of(cls, tokens: Sequence[str]) -> TracedText:
        """Join the texts of a hole's tokens."""
        owners = [index for index, token in enumerate(tokens) for _ in token]
        return cls("".join(tokens), tuple(owners))

    @property
    def parts(self) -> tuple[TokenPart, ...]:
        """What is left of each token, in order; joined they are `text`."""
        pairs = groupby(zip(self.owners, self.text, strict=True), key=lambda pair: pair[0])
        return tuple(TokenPart(index, "".join(char for _, char in chars)) for index, chars in pairs)

    def replaced(self, start: int, end: int, text: str = "") -> TracedText:
        """Return this text with `text` at `start` to `end`; it belongs to the token that stood or ended there."""
        owner = self.owners[min(start, len(self.owners) - 1)] if start < end else self._owner_before(start)
        return TracedText(
            self.text[:start] + text + self.text[end:],
            (*self.owners[:start], *(owner for _ in text), *self.owners[end:]),
        )

    def _owner_before(self, offset: int) -> int:
        return self.owners[max(offset - 1, 0)] if self.owners else 0
