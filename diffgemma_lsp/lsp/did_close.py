"""`textDocument/didClose`: what is being filled for a document ends with it."""

from __future__ import annotations

from lsprotocol import types

from diffgemma_lsp.lsp.server import Server


def did_close(server: Server, params: types.DidCloseTextDocumentParams) -> None:
    """Call off the document's fills: opened again it may be another, and have the same version."""
    server.ahead.drop()
    server.fills.call_off(lambda wish: wish.snapshot.uri == params.text_document.uri)
