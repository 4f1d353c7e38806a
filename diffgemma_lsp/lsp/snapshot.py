r"""A document at one version, between the editor's positions and our offsets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from lsprotocol import types
from pygls.uris import to_fs_path

from diffgemma_lsp.text import Edit, Span
from diffgemma_lsp.text.line_ends import line_start, split_line_ends, usual_line_end
from diffgemma_lsp.text.units import UnitEncoding, to_characters, to_units

_NAMES = 1024


@dataclass(frozen=True, slots=True)
class Snapshot:
    r"""`raw` is the text as the editor has it, `text` with `\n` line ends; offsets are in that.

    An editor asks at every keystroke for one or two places, so those are counted, and no lines are cut up.
    """

    uri: str
    version: int
    language: str
    raw: str
    text: str
    encoding: UnitEncoding

    @classmethod
    def of(cls, uri: str, version: int, language: str, raw: str, encoding: UnitEncoding) -> Snapshot:
        """Read a document as the editor sent it."""
        text, _ = split_line_ends(raw)
        return cls(uri, version, language, raw, text, encoding)

    @property
    def path(self) -> str:
        """The file's path, empty where the document is none."""
        return path_of(self.uri)

    def offset(self, position: types.Position) -> int:
        """Return the offset of a position; one past the end of its line or of the document means that end."""
        start = line_start(self.text, position.line)
        if start is None:
            return len(self.text)
        end = self.text.find("\n", start)
        line = self.text[start:] if end < 0 else self.text[start:end]
        return start + to_characters(line, position.character, self.encoding)

    def span(self, selection: types.Range) -> Span:
        """Return the span of a range; one that runs backwards is empty at its start."""
        start = self.offset(selection.start)
        return Span(start, max(start, self.offset(selection.end)))

    def position(self, offset: int) -> types.Position:
        """Return the editor's position of an offset."""
        line = self.text[self.text.rfind("\n", 0, offset) + 1 : offset]
        return types.Position(self.line(offset), to_units(line, self.encoding))

    def line(self, offset: int) -> int:
        """Return the line of an offset, from 0."""
        return self.text.count("\n", 0, offset)

    def range(self, span: Span) -> types.Range:
        """Return the editor's range of a span."""
        return types.Range(self.position(span.start), self.position(span.end))

    def with_line_ends(self, text: str) -> str:
        r"""Return `text`, whose line ends are `\n`, with the document's usual ones."""
        if "\r" not in self.raw:
            return text
        _, ends = split_line_ends(self.raw)
        return text.replace("\n", usual_line_end(ends))

    def text_edit(self, edit: Edit) -> types.TextEdit:
        """Return an edit as the editor applies it."""
        return types.TextEdit(self.range(edit.span), self.with_line_ends(edit.text))


@lru_cache(_NAMES)
def path_of(uri: str) -> str:
    """Return a file's path, empty where a document is none."""
    return (to_fs_path(uri) or "") if uri.startswith("file:") else ""
