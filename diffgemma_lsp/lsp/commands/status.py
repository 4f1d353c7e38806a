"""`diffgemma.status`: what is there, and why a document gets no suggestions."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from diffgemma_lsp import __version__
from diffgemma_lsp.lsp.commands.arguments import Arguments
from diffgemma_lsp.lsp.server import Server


async def run(server: Server, arguments: Arguments) -> dict[str, Any]:
    """Return the status; `document` is null where none is named. Raises InputError where it is not open."""
    engine = await server.look_at_engine()
    document = None
    if uri := arguments.document_uri:
        snapshot = server.snapshot(uri)
        reason = server.why_inactive(snapshot)
        # By the digest a client can tell whether both still speak of the same text.
        digest = sha256(snapshot.raw.encode("utf-8", "surrogatepass")).hexdigest()
        document = {"active": reason is None, "reason": reason or "", "version": snapshot.version, "sha256": digest}
    state, lines = await server.precedents.facts()
    return {
        "version": __version__,
        "enabled": server.settings.enabled,
        "running": server.fills.count,
        "heldBack": server.doubt,
        "engine": {
            "state": engine.state,
            "model": engine.model,
            "followsInstructions": engine.follows_instructions,
            "message": engine.message,
            "sendsTo": engine.sends_to,
        },
        "precedents": {"state": state, "lines": lines},
        "document": document,
    }
