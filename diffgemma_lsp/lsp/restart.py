"""A fresh engine, because somebody wants one."""

from __future__ import annotations

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from diffgemma_lsp.errors import DiffgemmaError, EngineVersionError
from diffgemma_lsp.lsp.server import Server
from diffgemma_lsp.lsp.status import Status

RESTART = "Restart the engine"


async def restart(server: Server) -> str:
    """Call off all fills and restart the engine; return nothing, or the sentence that says why that did not work."""
    server.fills.call_off(lambda _: True)
    server.forget_suggestions()
    try:
        await server.engine.restart()
    except DiffgemmaError as error:
        server.show(str(error))
        return str(error)
    server.status_line.show(Status())
    await server.look_at_engine()
    return ""


def offer_restart(server: Server, error: DiffgemmaError | None) -> None:
    """Where an engine of another version refused, ask the user whether it may be restarted; do so once in a window.

    Two windows of different versions would otherwise restart each other's engine for ever.
    """
    if isinstance(error, EngineVersionError) and not server.has_offered_restart:
        server.has_offered_restart = True
        server.in_background(_offer(server, str(error)))


async def _offer(server: Server, message: str) -> None:
    actions = [types.MessageActionItem(RESTART), types.MessageActionItem("Not now")]
    request = types.ShowMessageRequestParams(types.MessageType.Warning, f"diffgemma: {message}", actions)
    try:
        chosen = await server.window_show_message_request_async(request)
    except JsonRpcException:
        return
    if chosen is not None and chosen.title == RESTART:
        await restart(server)
