"""The suggestions made last: what is typed through them costs no fill."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from diffgemma_lsp.lsp.engine import FillKind
from diffgemma_lsp.text.typed import untyped_rest

_MOST_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a suggestion goes: a document, and all its text before and after the cursor."""

    uri: str
    prefix: str
    suffix: str


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: FillKind
    cursor: Cursor
    texts: tuple[str, ...]


@dataclass(slots=True)
class Suggestions:
    """A bounded memory of suggestions, newest first; the one that was used last is the newest."""

    _entries: deque[_Entry] = field(default_factory=lambda: deque(maxlen=_MOST_REMEMBERED))

    def remember(self, kind: FillKind, cursor: Cursor, texts: Sequence[str]) -> None:
        """Keep what was suggested at `cursor`, best first; that there was nothing to suggest is kept, too."""
        self._entries.appendleft(_Entry(kind, cursor, tuple(texts)))

    def recall(self, kind: FillKind, cursor: Cursor) -> tuple[str, ...] | None:
        """Return what is left of the texts that fit what was typed since; None where a fill has to say.

        An answer to an explicit request serves an automatic one, but not the other way round. A text that was typed
        to its end says nothing about what follows it.
        """
        for entry in self._entries:
            if entry.cursor.uri != cursor.uri or (kind == "explicit" and entry.kind == "automatic"):
                continue
            if entry.cursor == cursor and not entry.texts:
                return ()
            before, now = (entry.cursor.prefix, entry.cursor.suffix), (cursor.prefix, cursor.suffix)
            rests = (untyped_rest(text, before, now) for text in entry.texts)
            if left := tuple(rest for rest in rests if rest):
                self._entries.remove(entry)
                self._entries.appendleft(entry)
                return left
        return None

    def forget(self) -> None:
        """Forget everything, as when another model or setting would answer otherwise."""
        self._entries.clear()
