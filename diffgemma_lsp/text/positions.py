"""Positions as people name them, and offsets as we count them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

from diffgemma_lsp.errors import InputError


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Line and column, both from 1; columns are characters (code points), and a tab is one of them."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class LineIndex:
    r"""The offset at which each line of a text starts. A text that ends with `\n` has an empty last line."""

    starts: tuple[int, ...]
    length: int

    @classmethod
    def of(cls, text: str) -> LineIndex:
        r"""Index `text`, whose line ends are `\n`; other separators that Unicode knows are plain characters."""
        *lengths, _ = map(len, text.split("\n"))
        return cls(tuple(accumulate((length + 1 for length in lengths), initial=0)), len(text))

    def line_end(self, line: int) -> int:
        """Return the offset at which `line` (from 1) ends, its line end not included. Raises InputError."""
        self._check_line(line)
        return self.starts[line] - 1 if line < len(self.starts) else self.length

    def offset(self, position: Position) -> int:
        """Return the offset of `position`, which may be one past its line's last character. Raises InputError."""
        end = self.line_end(position.line)
        start = self.starts[position.line - 1]
        if not 1 <= position.column <= end - start + 1:
            raise InputError(
                f"column {position.column} is outside line {position.line}; name a column from 1 to {end - start + 1}"
            )
        return start + position.column - 1

    def position(self, offset: int) -> Position:
        """Return the position of an offset in this text."""
        assert 0 <= offset <= self.length
        line = bisect_right(self.starts, offset)
        return Position(line, offset - self.starts[line - 1] + 1)

    def _check_line(self, line: int) -> None:
        if not 1 <= line <= len(self.starts):
            raise InputError(f"line {line} is outside the file; name a line from 1 to {len(self.starts)}")
