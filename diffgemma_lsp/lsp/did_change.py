"""`textDocument/didChange`: after the library has applied it, the next suggestion is begun where one was accepted."""

from __future__ import annotations

from lsprotocol import types

from diffgemma_lsp.fill import Fill
from diffgemma_lsp.lsp.completion import completion_task, suggested
from diffgemma_lsp.lsp.server import Server
from diffgemma_lsp.lsp.suggestions import Cursor


def did_change(server: Server, params: types.DidChangeTextDocumentParams) -> None:
    """Drop what was begun for the text before, and begin the next fill where nothing else is to be done."""
    server.ahead.drop()
    uri, shown, store = params.text_document.uri, server.shown, server.protocol.store()
    document = store.documents.get(uri)
    if document is None or shown is None or shown.uri != uri or len(document.raw) not in shown.lengths:
        return
    snapshot = store.snapshot_of(document)
    point = shown.after_accept(snapshot)
    if point is None or server.fills.count or server.why_inactive(snapshot):
        return
    cursor = Cursor(uri, point.prefix, point.suffix)
    if server.suggestions.recall("automatic", cursor) is not None:
        return
    settings = server.settings

    def remember(fill: Fill) -> None:
        server.suggestions.remember("automatic", cursor, suggested(fill, point, "automatic", settings))

    snippets = server.snippets(snapshot, point.offset)
    task = completion_task(point, snapshot, snippets, "automatic", settings)
    server.ahead.begin(task, remember, point.site(snapshot))
