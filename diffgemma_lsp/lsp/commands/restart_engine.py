"""`diffgemma.restartEngine`: a fresh engine, for one that is stuck."""

from __future__ import annotations

from typing import Any

from diffgemma_lsp.lsp.commands.arguments import Arguments
from diffgemma_lsp.lsp.restart import restart
from diffgemma_lsp.lsp.server import Server


async def run(server: Server, arguments: Arguments) -> dict[str, Any]:  # noqa: ARG001
    """Restart; an engine that cannot be restarted says why."""
    message = await restart(server)
    return {"restarted": not message, "message": message}
