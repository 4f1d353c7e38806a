"""`textDocument/didFocus`: the status line speaks of the document that is looked at."""

from __future__ import annotations

from typing import Any

from diffgemma_lsp.lsp.protocol import as_mapping
from diffgemma_lsp.lsp.server import Server
from diffgemma_lsp.lsp.status import Status

METHOD = "textDocument/didFocus"


def did_focus(server: Server, params: Any) -> None:
    """Take note of the document in focus, and say whether it gets suggestions."""
    document = as_mapping(as_mapping(params).get("textDocument"))
    server.focused_uri = str(document.get("uri"))
    show_focused(server)


def show_focused(server: Server) -> None:
    """Say whether the document in focus gets suggestions by now; one that is not open says nothing."""
    store = server.protocol.store()
    document = store.documents.get(server.focused_uri)
    if document is None:
        return
    reason = server.why_inactive(store.snapshot_of(document))
    if reason:
        server.status_line.show(Status("Inactive", reason))
    elif server.status_line.shown.kind == "Inactive":
        server.status_line.show(Status())
