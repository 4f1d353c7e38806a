"""`textDocument/codeAction`: lists at once what could be filled here; the filling waits until one is chosen."""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.lsp.offers import Offer, offers
from diffgemma_lsp.lsp.server import Server
from diffgemma_lsp.lsp.snapshot import Snapshot

_COMMANDS = {"fill": "diffgemma.fill", "fillHoles": "diffgemma.fillHoles", "rewrite": "diffgemma.rewrite"}


def code_action(server: Server, params: types.CodeActionParams) -> list[types.CodeAction | types.Command]:
    """Return the actions at a selection, of the kinds that the editor wants; none where the document is inactive."""
    try:
        snapshot = server.snapshot(params.text_document.uri)
    except InputError:
        return []
    if server.why_inactive(snapshot):
        return []
    found = offers(
        snapshot,
        snapshot.span(params.range),
        params.context.diagnostics,
        server.fills.follows_instructions is True,
    )
    can_resolve = _can_resolve(server.client_capabilities)
    return [_action(offer, snapshot, can_resolve) for offer in found if _is_wanted(offer.kind, params.context.only)]


def _is_wanted(kind: str, only: Any) -> bool:
    wanted = [str(getattr(entry, "value", entry)) for entry in only or ()]
    return not wanted or any(kind == entry or kind.startswith(f"{entry}.") or entry == "" for entry in wanted)


def _can_resolve(capabilities: types.ClientCapabilities) -> bool:
    document = capabilities.text_document
    support = document.code_action.resolve_support if document and document.code_action else None
    return support is not None and "edit" in support.properties


def _action(offer: Offer, snapshot: Snapshot, can_resolve: bool) -> types.CodeAction | types.Command:
    place = snapshot.range(offer.place.span)
    data = {
        "textDocument": {"uri": snapshot.uri, "version": snapshot.version},
        "range": {
            "start": {"line": place.start.line, "character": place.start.character},
            "end": {"line": place.end.line, "character": place.end.character},
        },
        "instruction": offer.instruction,
        "before": offer.place.before,
        "after": offer.place.after,
    }
    command = _COMMANDS[offer.purpose]
    # An editor that cannot resolve runs the command, which edits the document itself.
    if not can_resolve:
        return types.Command(offer.title, command, arguments=[data])
    return types.CodeAction(
        offer.title,
        kind=offer.kind,
        diagnostics=[offer.diagnostic] if offer.diagnostic else None,
        data={"command": command, **data},
    )
