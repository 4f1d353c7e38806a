"""Edits on their way into the editor: one versioned step, or none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from diffgemma_lsp.lsp.filling import Order, Outcome, carry_out
from diffgemma_lsp.lsp.server import Server
from diffgemma_lsp.lsp.snapshot import Snapshot
from diffgemma_lsp.text import Edit


def workspace_edit(snapshot: Snapshot, edits: Iterable[Edit]) -> types.WorkspaceEdit:
    """Return edits of a snapshot as one change, which an editor refuses where its document is another by now."""
    document = types.OptionalVersionedTextDocumentIdentifier(snapshot.uri, snapshot.version)
    return types.WorkspaceEdit(
        document_changes=[types.TextDocumentEdit(document, [snapshot.text_edit(edit) for edit in edits])]
    )


async def fill_and_apply(server: Server, order: Order) -> dict[str, Any]:
    """Carry out an order, have the editor apply it, and return a command's answer."""
    if not _takes_versioned_edits(server.client_capabilities):
        message = "this editor takes no versioned edits (workspaceEdit.documentChanges), so nothing can be filled in"
        outcome = Outcome("", reason="rejected", message=message)
    else:
        outcome = await carry_out(server, order)
    if outcome.edits:
        outcome = await _apply(server, order, outcome)
    return answer(server, outcome)


def answer(server: Server, outcome: Outcome) -> dict[str, Any]:
    """Return a command's answer, and show the user what there is to say."""
    if outcome.message:
        server.show(outcome.message)
    return {
        "taskId": outcome.task_id,
        "applied": outcome.reason is None,
        "reason": outcome.reason,
        "message": outcome.message,
        "followsInstructions": outcome.follows_instructions,
    }


async def _apply(server: Server, order: Order, outcome: Outcome) -> Outcome:
    edit = types.ApplyWorkspaceEditParams(workspace_edit(order.snapshot, outcome.edits), label=order.title)
    try:
        result = await server.workspace_apply_edit_async(edit)
    except JsonRpcException as error:
        why = str(error)
    else:
        # Some clients answer null.
        if getattr(result, "applied", False):
            return outcome
        why = getattr(result, "failure_reason", None) or "the document may have changed"
    return replace(outcome, edits=(), reason="rejected", message=f"the editor did not take the edit ({why}); ask again")


def _takes_versioned_edits(capabilities: types.ClientCapabilities) -> bool:
    workspace = capabilities.workspace
    return bool(
        workspace and workspace.apply_edit and workspace.workspace_edit and workspace.workspace_edit.document_changes
    )
