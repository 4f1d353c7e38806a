"""`initialize`, `initialized` and `shutdown`: what an editor window begins and ends with."""

from __future__ import annotations

import asyncio

from lsprotocol import types

from diffgemma_lsp.lsp.configuration import load_configuration, read_options, register_for_changes
from diffgemma_lsp.lsp.parent import watch_parent
from diffgemma_lsp.lsp.protocol import as_mapping
from diffgemma_lsp.lsp.restart import offer_restart
from diffgemma_lsp.lsp.server import Server
from diffgemma_lsp.lsp.status import Status

_SECONDS_TO_CLOSE = 1.0


def initialize(server: Server, params: types.InitializeParams) -> None:
    """Take in what the client wants; the answer waits for no engine and no file."""
    server.protocol.use_document_store()
    options = as_mapping(params.initialization_options)
    server.wants_drafts = options.get("drafts") is True
    server.wants_origins = options.get("origins") is True
    read_options(server, options.get("settings"))


async def initialized(server: Server, params: types.InitializedParams) -> None:  # noqa: ARG001
    """Ask for the settings, look for the engine, and watch the process that started this one."""
    if server.process_id is not None:
        server.in_background(watch_parent(server.process_id))
    for problem in server.file_problems:
        server.show(problem)
    server.in_background(_look_for_engine(server))
    await register_for_changes(server)
    await load_configuration(server)


async def _look_for_engine(server: Server) -> None:
    engine = await server.look_at_engine()
    offer_restart(server, engine.error)
    if engine.state == "failed":
        server.status_line.show(Status("Error", engine.message))


async def shutdown(server: Server, params: None) -> None:  # noqa: ARG001
    """Stop everything that runs. An engine that does not let go in time is left behind."""
    server.ahead.drop()
    server.fills.call_off(lambda _: True)
    server.precedents.close()
    try:
        await asyncio.wait_for(server.engine.close(), _SECONDS_TO_CLOSE)
    except TimeoutError:
        return
