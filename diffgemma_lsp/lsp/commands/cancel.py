"""`diffgemma.cancel`: call off one fill, those of a document, or all."""

from __future__ import annotations

from typing import Any

from diffgemma_lsp.lsp.commands.arguments import Arguments
from diffgemma_lsp.lsp.server import Server


async def run(server: Server, arguments: Arguments) -> dict[str, Any]:
    """Call off what is meant; that nothing runs is no error."""
    server.ahead.drop()
    task_id, uri = arguments.text("taskId"), arguments.document_uri
    count = server.fills.call_off(
        lambda wish: task_id in (None, wish.id) and uri in (None, wish.snapshot.uri),
    )
    return {"cancelled": count}
