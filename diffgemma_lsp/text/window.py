"""The part of a long document around its holes that is worth sending to a filler."""

from __future__ import annotations

from dataclasses import dataclass

from diffgemma_lsp.text.borders import first_border, last_border
from diffgemma_lsp.text.spans import Span


@dataclass(frozen=True, slots=True)
class Window:
    """How many characters before and after the holes are kept at most, and by how many the cuts move.

    A start that moved with every line would let no filler reuse the prompt that it has read already.
    """

    before: int = 48_000
    after: int = 24_000
    step: int = 6_000

    def around(self, text: str, holes: Span, language: str = "") -> Span:
        """Return the span of `text` that is kept around `holes`. It starts and ends where something begins.

        Of what fits, up to two steps are given up before the holes for a better cut, and one after them.
        """
        return Span(self._start(text, holes.start, language), holes.end + self._length(text[holes.end :], language))

    def _start(self, text: str, end: int, language: str) -> int:
        if end <= self.before:
            return 0
        start = min(end, -(-(end - self.before) // self.step) * self.step)
        border = first_border(text, Span(start, min(end, start + self.step)), language)
        return start if border is None else border

    def _length(self, suffix: str, language: str) -> int:
        if len(suffix) <= self.after:
            return len(suffix)
        border = last_border(suffix[: self.after], Span(max(1, self.after - self.step), self.after), language)
        return self.after if border is None else border
