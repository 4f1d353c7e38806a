"""A file's contents as text that can be edited, and as bytes that can be written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diffgemma_lsp.text.encoding import UTF_8, Encoding, decode
from diffgemma_lsp.text.line_ends import LineEnds, edit_line_ends, join_line_ends, split_line_ends
from diffgemma_lsp.text.spans import Edit, apply_edits


@dataclass(frozen=True, slots=True)
class Document:
    r"""`text` has `\n` line ends and no byte order mark; `line_ends` holds one end for each `\n`, in order."""

    text: str
    line_ends: LineEnds
    encoding: Encoding = UTF_8

    @classmethod
    def from_bytes(cls, data: bytes, name: str, reads_coding_line: bool = False) -> Document:
        """Read a file's contents; `decode` says what its arguments mean and what is raised."""
        raw, encoding = decode(data, name, reads_coding_line)
        return cls(*split_line_ends(raw), encoding)

    @property
    def raw(self) -> str:
        """The text with its own line ends."""
        return join_line_ends(self.text, self.line_ends)

    def to_bytes(self) -> bytes:
        """Return the file's contents. Raises InputError where an edit holds what the encoding cannot write."""
        return self.encoding.encode(self.raw)

    def edited(self, edits: Sequence[Edit]) -> Document:
        """Return the document after `edits`, which are in document order; every other byte stays what it was."""
        line_ends = edit_line_ends(self.text, self.line_ends, edits)
        return Document(apply_edits(self.text, edits), line_ends, self.encoding)
