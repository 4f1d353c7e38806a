"""Open documents, equal to the editor's, and cheap to look back at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from itertools import chain
from types import MappingProxyType

from lsprotocol import types
from pygls.workspace import Workspace

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.lsp.snapshot import Snapshot
from diffgemma_lsp.text.line_ends import line_start
from diffgemma_lsp.text.units import UnitEncoding, to_characters

_LINE_END = re.compile(r"[\r\n]")
# So many documents are remembered that were edited and closed since.
_MOST_CLOSED = 8


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document as the editor shows it, line ends included. `is_edited` says that it changed since it was opened."""

    uri: str
    version: int
    language: str
    raw: str
    is_edited: bool = False

    def changed(self, change: types.TextDocumentContentChangeEvent, encoding: UnitEncoding) -> OpenDocument:
        """Return the document after one change, at the same version."""
        if isinstance(change, types.TextDocumentContentChangeWholeDocument):
            return replace(self, raw=change.text, is_edited=True)
        start = self._offset(change.range.start, encoding)
        end = max(start, self._offset(change.range.end, encoding))
        return replace(self, raw=self.raw[:start] + change.text + self.raw[end:], is_edited=True)

    def _offset(self, position: types.Position, encoding: UnitEncoding) -> int:
        start = line_start(self.raw, position.line)
        if start is None:
            return len(self.raw)
        # Only these end a line in the protocol; Python's splitlines knows others, and would shift all that follows.
        end = _LINE_END.search(self.raw, start)
        line = self.raw[start : end.start() if end else len(self.raw)]
        return start + to_characters(line, position.character, encoding)


Documents = Mapping[str, OpenDocument]
# The documents as they were when the request that is being handled arrived.
ARRIVED: ContextVar[Documents] = ContextVar("documents at arrival", default=MappingProxyType({}))


class DocumentStore(Workspace):
    """Keeps immutable documents, so that taking a snapshot of all of them is taking a reference."""

    documents: Documents = MappingProxyType({})
    closed: Documents = MappingProxyType({})

    @property
    def newest_first(self) -> Iterator[OpenDocument]:
        """The open documents, those opened or edited last first, and then some that were edited before they closed."""
        return chain(reversed([*self.documents.values()]), reversed([*self.closed.values()]))

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
        self.documents = _with_newest(self.documents, opened)
        self.closed = _without(self.closed, opened.uri)

    def update_text_document(
        self, text_doc: types.VersionedTextDocumentIdentifier, change: types.TextDocumentContentChangeEvent
    ) -> None:
        """Apply a change; one of a document that is not open is ignored."""
        if (before := self.documents.get(text_doc.uri)) is not None:
            after = replace(before.changed(change, self.encoding), version=text_doc.version)
            self.documents = _with_newest(self.documents, after)

    def remove_text_document(self, doc_uri: str) -> None:
        """Close a document."""
        document = self.documents.get(doc_uri)
        self.documents = _without(self.documents, doc_uri)
        if document is not None and document.is_edited:
            closed = _with_newest(self.closed, document)
            self.closed = MappingProxyType(dict(list(closed.items())[-_MOST_CLOSED:]))

    def snapshot(self, uri: str) -> Snapshot:
        """Return a document as it was when the current request arrived. Raises InputError where it was not open."""
        document = ARRIVED.get().get(uri)
        if document is None:
            raise InputError(f"{uri} is not open; open the document before asking about it")
        return self.snapshot_of(document)

    def snapshot_of(self, document: OpenDocument) -> Snapshot:
        """Return a document to look at."""
        return Snapshot.of(document.uri, document.version, document.language, document.raw, self.encoding)

    def is_current(self, snapshot: Snapshot) -> bool:
        """Say whether a document is open and still what it was; opened anew, another may have the same version."""
        document = self.documents.get(snapshot.uri)
        return document is not None and (document.version, document.raw) == (snapshot.version, snapshot.raw)


def _without(documents: Documents, uri: str) -> Documents:
    return MappingProxyType({other: document for other, document in documents.items() if other != uri})


def _with_newest(documents: Documents, document: OpenDocument) -> Documents:
    """Return `documents`, oldest first, with `document` at their end."""
    return MappingProxyType({**_without(documents, document.uri), document.uri: document})
