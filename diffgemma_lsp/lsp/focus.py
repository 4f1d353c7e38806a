"""`textDocument/didFocus`: the status line speaks of the document that is looked at."""

from __future__ import annotations

from typing import Any

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.lsp.protocol import as_mapping
from diffgemma_lsp.lsp.server import Server
from diffgemma_lsp.lsp.status import Status

METHOD = "textDocument/didFocus"


def did_focus(server: Server, params: Any) -> None:
    """Say whether the document in focus gets suggestions; a document that is not open says nothing."""
    document = as_mapping(as_mapping(params).get("textDocument"))
    try:
        reason = server.why_inactive(server.snapshot(str(document.get("uri"))))
    except InputError:
        return
    if reason:
        server.status_line.show(Status("Inactive", reason))
    elif server.status_line.shown.kind == "Inactive":
        server.status_line.show(Status())
