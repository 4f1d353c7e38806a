"""What of the other documents has to do with the place that is to be filled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from diffgemma_lsp.fill import Snippet
from diffgemma_lsp.lsp.documents import OpenDocument
from diffgemma_lsp.lsp.snapshot import Snapshot, path_of
from diffgemma_lsp.text.line_ends import split_line_ends
from diffgemma_lsp.text.passages import Passage, most_similar, names_in, passages_of
from diffgemma_lsp.text.secrets import why_unfit

# So much before and after a place, in characters, shows what it is about.
_BEFORE, _AFTER = 1500, 500
# A choice stands while the cursor stays this near, in lines: another would have an engine read its prompt anew.
_NEAR_LINES = 10
# Of other documents, the newest, and of long ones the beginning: a choice must not be felt.
_MOST_DOCUMENTS = 16
_MOST_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class _Read:
    document: OpenDocument
    longest: int
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    line: int
    most_characters: int
    others: tuple[OpenDocument, ...]
    snippets: tuple[Snippet, ...]


@dataclass(slots=True)
class Related:
    """Chooses snippets, and remembers what it read and chose. Belongs to the event loop."""

    _read: dict[str, _Read] = field(default_factory=dict)
    _chosen: dict[str, _Choice] = field(default_factory=dict)

    def snippets(
        self, snapshot: Snapshot, offset: int, others: Iterable[OpenDocument], most_characters: int, longest: int
    ) -> tuple[Snippet, ...]:
        """Return parts of `others`, newest first, that are like the text around `offset`; the most similar first.

        A document whose text no model may see gives none, nor does one longer than `longest` characters. As long as
        the others stay what they are, the choice changes only when the cursor is somewhere else.
        """
        newest = tuple(islice(others, _MOST_DOCUMENTS))
        line = snapshot.line(offset)
        before = self._chosen.get(snapshot.uri)
        if (
            before is not None
            and abs(before.line - line) <= _NEAR_LINES
            and (before.most_characters, before.others) == (most_characters, newest)
        ):
            return before.snippets
        self._read = {document.uri: self._reading(document, longest) for document in newest}
        names = names_in(snapshot.text[max(0, offset - _BEFORE) : offset + _AFTER])
        passages = (passage for read in self._read.values() for passage in read.passages)
        found = most_similar(names, passages, most_characters)
        snippets = tuple(Snippet(passage.path, passage.text) for passage in found)
        still_open = {uri: choice for uri, choice in self._chosen.items() if uri in self._read}
        self._chosen = {**still_open, snapshot.uri: _Choice(line, most_characters, newest, snippets)}
        return snippets

    def _reading(self, document: OpenDocument, longest: int) -> _Read:
        read = self._read.get(document.uri)
        if read is not None and (read.document, read.longest) == (document, longest):
            return read
        text, _ = split_line_ends(document.raw)
        is_fit = why_unfit(text, longest) is None
        passages = passages_of(path_of(document.uri) or document.uri, text[:_MOST_CHARACTERS]) if is_fit else ()
        return _Read(document, longest, passages)
