"""Whether brackets and quotes come out even: the evidence for or against a cut at the edge of a hole.

Brackets are counted, not parsed, so those in strings and comments count too. A document that does not come out even
for such a reason gives no evidence either way, which is the safe side.
"""

from __future__ import annotations

from dataclasses import dataclass

_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"))

Depths = tuple[int, ...]


def depths(text: str) -> Depths:
    """Return how many round, square and curly brackets `text` opens more than it closes."""
    return tuple(text.count(opening) - text.count(closing) for opening, closing in _PAIRS)


@dataclass(frozen=True, slots=True)
class Evenness:
    """Judges what a hole may hold: `outer` are the depths of all that stands around it, `line` what shares its line.

    `line` is the part of the hole's line before the hole, and the part after it.
    """

    outer: Depths
    line: tuple[str, str]

    @classmethod
    def around(cls, prefix: str, suffix: str) -> Evenness:
        """Measure the text before and after a hole."""
        outer = tuple(map(sum, zip(depths(prefix), depths(suffix), strict=True)))
        return cls(outer, (prefix[prefix.rfind("\n") + 1 :], suffix.partition("\n")[0]))

    def is_restored(self, before: str, after: str) -> bool:
        """Say whether a hole that holds `after` makes the document come out even, where `before` does not."""
        if self._brackets_are_even(before):
            return self._quotes_are_even(after) and not self._quotes_are_even(before)
        return self._brackets_are_even(after)

    def is_broken(self, before: str, after: str) -> bool:
        """Say whether a hole that holds `after` makes the document come out odd, where `before` does not."""
        return self._brackets_are_even(before) and not self._brackets_are_even(after)

    def _brackets_are_even(self, hole: str) -> bool:
        return all(outer + inner == 0 for outer, inner in zip(self.outer, depths(hole), strict=True))

    def _quotes_are_even(self, hole: str) -> bool:
        line = self.line[0] + hole + self.line[1]
        return "\n" in hole or all(line.count(quote) % 2 == 0 for quote in "\"'`")
