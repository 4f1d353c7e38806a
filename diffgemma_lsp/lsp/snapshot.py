r"""A document at one version, between the editor's positions and our offsets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from lsprotocol import types
from pygls.uris import to_fs_path

from diffgemma_lsp.text import Document, Edit, LineIndex, Span
from diffgemma_lsp.text.line_ends import split_line_ends, usual_line_end
from diffgemma_lsp.text.units import UnitEncoding, to_characters, to_units

_NAMES = 1024


@dataclass(frozen=True, slots=True)
class Snapshot:
    r"""`raw` is the text as the editor has it, `document` with `\n` line ends; offsets are in that, and `index` too."""

    uri: str
    version: int
    language: str
    raw: str
    document: Document
    index: LineIndex
    encoding: UnitEncoding

    @classmethod
    def of(cls, uri: str, version: int, language: str, raw: str, encoding: UnitEncoding) -> Snapshot:
        """Read a document as the editor sent it."""
        document = Document(*split_line_ends(raw))
        return cls(uri, version, language, raw, document, LineIndex.of(document.text), encoding)

    @property
    def text(self) -> str:
        r"""The document with `\n` line ends."""
        return self.document.text

    @property
    def path(self) -> str:
        """The file's path, empty where the document is none."""
        return path_of(self.uri)

    def offset(self, position: types.Position) -> int:
        """Return the offset of a position; one past the end of its line or of the document means that end."""
        if position.line >= len(self.index.starts):
            return self.index.length
        start = self.index.starts[position.line]
        line = self.text[start : self.index.line_end(position.line + 1)]
        return start + to_characters(line, position.character, self.encoding)

    def span(self, selection: types.Range) -> Span:
        """Return the span of a range; one that runs backwards is empty at its start."""
        start = self.offset(selection.start)
        return Span(start, max(start, self.offset(selection.end)))

    def position(self, offset: int) -> types.Position:
        """Return the editor's position of an offset."""
        place = self.index.position(offset)
        line = self.text[self.index.starts[place.line - 1] : offset]
        return types.Position(place.line - 1, to_units(line, self.encoding))

    def range(self, span: Span) -> types.Range:
        """Return the editor's range of a span."""
        return types.Range(self.position(span.start), self.position(span.end))

    def with_line_ends(self, text: str) -> str:
        r"""Return `text`, whose line ends are `\n`, with the document's usual ones."""
        return text.replace("\n", usual_line_end(self.document.line_ends))

    def text_edit(self, edit: Edit) -> types.TextEdit:
        """Return an edit as the editor applies it."""
        return types.TextEdit(self.range(edit.span), self.with_line_ends(edit.text))


@lru_cache(_NAMES)
def path_of(uri: str) -> str:
    """Return a file's path, empty where a document is none."""
    return (to_fs_path(uri) or "") if uri.startswith("file:") else ""
