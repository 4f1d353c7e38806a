"""Open documents, equal to the editor's, and cheap to look back at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from types import MappingProxyType

from lsprotocol import types
from pygls.workspace import Workspace

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.lsp.snapshot import Snapshot
from diffgemma_lsp.text.units import UnitEncoding, to_characters

# Only these end a line in the protocol; Python's splitlines knows others, and would shift all that follows them.
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document as the editor shows it, line ends included."""

    uri: str
    version: int
    language: str
    raw: str

    def changed(self, change: types.TextDocumentContentChangeEvent, encoding: UnitEncoding) -> OpenDocument:
        """Return the document after one change, at the same version."""
        if isinstance(change, types.TextDocumentContentChangeWholeDocument):
            return replace(self, raw=change.text)
        starts = [0, *(found.end() for found in _LINE_END.finditer(self.raw))]
        start = self._offset(change.range.start, starts, encoding)
        end = max(start, self._offset(change.range.end, starts, encoding))
        return replace(self, raw=self.raw[:start] + change.text + self.raw[end:])

    def _offset(self, position: types.Position, starts: list[int], encoding: UnitEncoding) -> int:
        if position.line >= len(starts):
            return len(self.raw)
        start = starts[position.line]
        end = starts[position.line + 1] if position.line + 1 < len(starts) else len(self.raw)
        return start + to_characters(self.raw[start:end].rstrip("\r\n"), position.character, encoding)


Documents = Mapping[str, OpenDocument]
# The documents as they were when the request that is being handled arrived.
ARRIVED: ContextVar[Documents] = ContextVar("documents at arrival", default=MappingProxyType({}))


class DocumentStore(Workspace):
    """Keeps immutable documents, so that taking a snapshot of all of them is taking a reference."""

    documents: Documents = MappingProxyType({})

    @property
    def encoding(self) -> UnitEncoding:
        """The unit in which the editor counts columns."""
        names: Mapping[str, UnitEncoding] = {"utf-8": "utf-8", "utf-16": "utf-16", "utf-32": "utf-32"}
        return names[str(types.PositionEncodingKind(self.position_encoding or "utf-16").value)]

    def put_text_document(self, text_document: types.TextDocumentItem, notebook_uri: str | None = None) -> None:
        """Open a document; the cells of notebooks are documents like others."""
        del notebook_uri
        opened = OpenDocument(
            text_document.uri, text_document.version, str(text_document.language_id), text_document.text
        )
        self.documents = MappingProxyType({**self.documents, opened.uri: opened})

    def update_text_document(
        self, text_doc: types.VersionedTextDocumentIdentifier, change: types.TextDocumentContentChangeEvent
    ) -> None:
        """Apply a change; one of a document that is not open is ignored."""
        if (before := self.documents.get(text_doc.uri)) is not None:
            after = replace(before.changed(change, self.encoding), version=text_doc.version)
            self.documents = MappingProxyType({**self.documents, after.uri: after})

    def remove_text_document(self, doc_uri: str) -> None:
        """Close a document."""
        self.documents = MappingProxyType({uri: doc for uri, doc in self.documents.items() if uri != doc_uri})

    def snapshot(self, uri: str) -> Snapshot:
        """Return a document as it was when the current request arrived. Raises InputError where it was not open."""
        document = ARRIVED.get().get(uri)
        if document is None:
            raise InputError(f"{uri} is not open; open the document before asking about it")
        return self.snapshot_of(document)

    def snapshot_of(self, document: OpenDocument) -> Snapshot:
        """Return a document to look at."""
        return Snapshot.of(document.uri, document.version, document.language, document.raw, self.encoding)

    def version(self, uri: str) -> int | None:
        """Return a document's version now, None where it is not open."""
        document = self.documents.get(uri)
        return document.version if document else None
