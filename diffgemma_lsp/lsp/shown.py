"""What the editor shows as a suggestion, so that an accept can be told from other changes.

No editor says by itself that a suggestion was accepted; all of them change the document to what it would be then, at
once or key by key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diffgemma_lsp.lsp.completion import Point
from diffgemma_lsp.lsp.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Shown:
    """Texts suggested at `point`. `lengths` are those of the editor's document after the accept of each.

    Comparing lengths first makes a change that is no accept cost nothing.
    """

    uri: str
    point: Point
    texts: tuple[str, ...]
    lengths: tuple[int, ...]

    @classmethod
    def of(cls, snapshot: Snapshot, point: Point, texts: Sequence[str]) -> Shown:
        """Note what is suggested for a snapshot."""
        around = len(point.prefix) + len(point.suffix)
        # Of line ends of two characters the snapshot counts one.
        uncounted = len(snapshot.raw) - len(snapshot.text)
        lengths = tuple(around + uncounted + len(snapshot.with_line_ends(text)) for text in texts)
        return cls(snapshot.uri, point, tuple(texts), lengths)

    def after_accept(self, snapshot: Snapshot) -> Point | None:
        """Return the point behind the text that was accepted, None where none was."""
        for text in self.texts:
            if snapshot.text == self.point.prefix + text + self.point.suffix:
                return Point.at(snapshot, len(self.point.prefix) + len(text))
        return None
