"""The suggestions made last: what is typed through them costs no fill."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from diffgemma_lsp.lsp.engine import FillKind
from diffgemma_lsp.text.typed import untyped_rest

_MOST_REMEMBERED = 64
# What is farther from the cursor than this is compared by its length alone, so that long documents are not kept.
_NEAR = 4000


@dataclass(frozen=True, slots=True)
class Suggested:
    """Texts for a cursor, best first.

    Where there are none because the model was not sure enough, `doubt` is how sure it was, in [0, 1], of the first
    token that the quiet gate held back.
    """

    texts: tuple[str, ...] = ()
    doubt: float | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a suggestion goes: a document, and all its text before and after the cursor."""

    uri: str
    prefix: str
    suffix: str


@dataclass(frozen=True, slots=True)
class _Place:
    """What is kept of a cursor: the text near it, and how much there was."""

    uri: str
    prefix_length: int
    prefix_end: str
    suffix_length: int
    suffix_start: str

    @classmethod
    def of(cls, cursor: Cursor) -> _Place:
        prefix, suffix = cursor.prefix, cursor.suffix
        return cls(cursor.uri, len(prefix), prefix[-_NEAR:], len(suffix), suffix[:_NEAR])

    def added_before(self, cursor: Cursor) -> tuple[str, str] | None:
        """Return what came to stand left and right of `cursor` since it was here, None where it is another cursor."""
        closed = len(cursor.suffix) - self.suffix_length
        is_here = (
            self.uri == cursor.uri
            and self.prefix_length <= len(cursor.prefix)
            and closed >= 0
            and cursor.prefix.endswith(self.prefix_end, 0, self.prefix_length)
            and cursor.suffix.startswith(self.suffix_start, closed)
        )
        return (cursor.prefix[self.prefix_length :], cursor.suffix[:closed]) if is_here else None


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: FillKind
    place: _Place
    suggested: Suggested


@dataclass(slots=True)
class Suggestions:
    """A bounded memory of suggestions, newest first; the one that was used last is the newest."""

    _entries: deque[_Entry] = field(default_factory=lambda: deque(maxlen=_MOST_REMEMBERED))

    def remember(self, kind: FillKind, cursor: Cursor, suggested: Suggested) -> None:
        """Keep what was suggested at `cursor`; that there was nothing to suggest is kept, too."""
        new = _Entry(kind, _Place.of(cursor), suggested)
        for entry in [old for old in self._entries if (old.kind, old.place) == (kind, new.place)]:
            self._entries.remove(entry)
        self._entries.appendleft(new)

    def recall(self, kind: FillKind, cursor: Cursor) -> Suggested | None:
        """Return what is left of the texts that fit what was typed since; None where a fill has to say.

        An answer to an explicit request serves an automatic one, but not the other way round. A text that was typed
        to its end says nothing about what follows it.
        """
        for entry in self._entries:
            added = entry.place.added_before(cursor)
            if added is None or (kind == "explicit" and entry.kind == "automatic"):
                continue
            if added == ("", "") and not entry.suggested.texts:
                return entry.suggested
            rests = (untyped_rest(text, *added) for text in entry.suggested.texts)
            if left := tuple(rest for rest in rests if rest):
                self._entries.remove(entry)
                self._entries.appendleft(entry)
                return Suggested(left)
        return None

    def forget(self) -> None:
        """Forget everything, as when another model or setting would answer otherwise."""
        self._entries.clear()
