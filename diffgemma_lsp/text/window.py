"""The part of a long document around a hole that is worth sending to a filler."""

from __future__ import annotations

from dataclasses import dataclass

from diffgemma_lsp.text.spans import Span


@dataclass(frozen=True, slots=True)
class Window:
    """How many characters before and after the holes are kept at most; `step` is how coarsely the start moves.

    A start that moved with every line would let no filler reuse the prompt that it has read already.
    """

    before: int = 48_000
    after: int = 24_000
    step: int = 8_000

    def around(self, text: str, holes: Span) -> Span:
        """Return the span of `text` that is kept around `holes`. It starts and ends at line borders where it can."""
        start = 0
        if holes.start > self.before:
            start = -(-(holes.start - self.before) // self.step) * self.step
            line = text.find("\n", start, holes.start) + 1
            start = min(line or start, holes.start)
        end = len(text)
        if end - holes.end > self.after:
            end = holes.end + self.after
            end = text.rfind("\n", holes.end, end) + 1 or end
        return Span(start, end)
