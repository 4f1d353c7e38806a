"""What goes on from the characters that are typed already, wherever it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest

from diffgemma_lsp.text.precedents.index import PrecedentIndex

_COMMONEST = 8


@dataclass(frozen=True, slots=True)
class Typed:
    """The lines that begin with what is typed, by their text without blanks around it."""

    lines: Mapping[str, Sequence[int]]
    count: int

    @classmethod
    def of(cls, index: PrecedentIndex, typed: str, own: int) -> Typed:
        """Find them, but for the hole's own line."""
        lines: dict[str, list[int]] = defaultdict(list)
        for line in index.beginning_with(typed):
            if line != own:
                lines[index.text(line).strip()].append(line)
        return cls(lines, sum(map(len, lines.values())))

    def share(self, text: str) -> float:
        """Return the share of the lines that are like `text`, 0 where there is none."""
        return len(self.lines.get(text.strip(), ())) / max(1, self.count)

    def best(self, votes: Mapping[int, float]) -> Iterator[int]:
        """Yield one line of each of the most common texts, that for which most votes are."""
        for text in nlargest(_COMMONEST, self.lines, key=lambda text: len(self.lines[text])):
            yield max(self.lines[text], key=lambda line: votes.get(line, 0.0))
