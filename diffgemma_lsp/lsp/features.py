"""The table of everything that a client can ask for; a new method or command is a row here and a file of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.lsp.code_action import code_action
from diffgemma_lsp.lsp.code_action_resolve import code_action_resolve
from diffgemma_lsp.lsp.commands import cancel, filling, restart_engine, status, toggle
from diffgemma_lsp.lsp.commands.arguments import Arguments
from diffgemma_lsp.lsp.configuration import did_change_configuration
from diffgemma_lsp.lsp.did_change import did_change
from diffgemma_lsp.lsp.did_close import did_close
from diffgemma_lsp.lsp.engine import Engine
from diffgemma_lsp.lsp.focus import METHOD as DID_FOCUS
from diffgemma_lsp.lsp.focus import did_focus
from diffgemma_lsp.lsp.inline_completion import inline_completion
from diffgemma_lsp.lsp.lifecycle import initialize, initialized, shutdown
from diffgemma_lsp.lsp.offers import FIX_KIND, REWRITE_KIND
from diffgemma_lsp.lsp.server import Server
from diffgemma_lsp.settings import Problems, Settings

Command = Callable[[Server, Arguments], Awaitable[dict[str, Any]]]

# What is advertised is what has options here, and what the library knows by itself.
FEATURES: Sequence[tuple[str, Callable[..., Any], Any]] = (
    (types.INITIALIZE, initialize, None),
    (types.INITIALIZED, initialized, None),
    (types.SHUTDOWN, shutdown, None),
    (types.WORKSPACE_DID_CHANGE_CONFIGURATION, did_change_configuration, None),
    (types.TEXT_DOCUMENT_DID_CHANGE, did_change, None),
    (types.TEXT_DOCUMENT_DID_CLOSE, did_close, None),
    (types.TEXT_DOCUMENT_INLINE_COMPLETION, inline_completion, types.InlineCompletionOptions()),
    (
        types.TEXT_DOCUMENT_CODE_ACTION,
        code_action,
        types.CodeActionOptions(code_action_kinds=[REWRITE_KIND, FIX_KIND], resolve_provider=True),
    ),
    (types.CODE_ACTION_RESOLVE, code_action_resolve, None),
    (DID_FOCUS, did_focus, None),
)
COMMANDS: Mapping[str, Command] = {
    "diffgemma.fill": filling.run,
    "diffgemma.fillHoles": filling.run,
    "diffgemma.rewrite": filling.run,
    "diffgemma.cancel": cancel.run,
    "diffgemma.status": status.run,
    "diffgemma.toggle": toggle.run,
    "diffgemma.restartEngine": restart_engine.run,
}


def build_server(engine: Engine, file_settings: Settings, file_problems: Problems = ()) -> Server:
    """Return a server with all features, which still has to be connected."""
    server = Server(engine, file_settings, file_problems)
    for method, handler, options in FEATURES:
        server.feature(method, options)(handler)
    for name, command in COMMANDS.items():
        server.command(name)(_handler(name, command))
    return server


def _handler(name: str, command: Command) -> Callable[..., Awaitable[dict[str, Any]]]:
    async def handle(ls: Server, *arguments: Any) -> dict[str, Any]:
        try:
            return await command(ls, Arguments.of(name, arguments))
        except InputError as error:
            raise JsonRpcInvalidParams(str(error)) from error

    return handle
