"""`diffgemma.restartEngine`: a fresh engine, for one that is stuck."""

from __future__ import annotations

from typing import Any

from diffgemma_lsp.errors import DiffgemmaError
from diffgemma_lsp.lsp.commands.arguments import Arguments
from diffgemma_lsp.lsp.server import Server


async def run(server: Server, arguments: Arguments) -> dict[str, Any]:  # noqa: ARG001
    """Call off all fills and restart; an engine that cannot be restarted says why."""
    server.fills.call_off(lambda _: True)
    server.forget_suggestions()
    try:
        await server.engine.restart()
    except DiffgemmaError as error:
        server.show(str(error))
        return {"restarted": False, "message": str(error)}
    return {"restarted": True, "message": ""}
