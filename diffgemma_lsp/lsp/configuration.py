"""Settings from the editor: initialization options, `workspace/configuration`, and their changes."""

from __future__ import annotations

from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from diffgemma_lsp.lsp.focus import show_focused
from diffgemma_lsp.lsp.protocol import as_mapping
from diffgemma_lsp.lsp.server import Server
from diffgemma_lsp.settings import Settings, read_editor_settings

SECTION = "diffgemma"


def read_options(server: Server, values: Any) -> None:
    """Take the settings of the initialization options; they hold where the configuration says nothing."""
    settings, problems = read_editor_settings(values, server.file_settings, "initializationOptions.settings")
    server.initial_settings = settings
    _use(server, settings, problems)


async def load_configuration(server: Server) -> None:
    """Ask the client for our section, if it can be asked."""
    workspace = server.client_capabilities.workspace
    if not (workspace and workspace.configuration):
        return
    items = [types.ConfigurationItem(section=SECTION)]
    try:
        (values,) = await server.workspace_configuration_async(types.ConfigurationParams(items))
    except (JsonRpcException, ValueError, TypeError):
        return
    _read(server, values)


async def register_for_changes(server: Server) -> None:
    """Have the client tell us of changed settings, where it wants to be asked to."""
    workspace = server.client_capabilities.workspace
    dynamic = workspace and workspace.did_change_configuration
    if not (dynamic and dynamic.dynamic_registration):
        return
    method = types.WORKSPACE_DID_CHANGE_CONFIGURATION
    options = types.DidChangeConfigurationRegistrationOptions(section=SECTION)
    registration = types.Registration(id=f"diffgemma:{method}", method=method, register_options=options)
    try:
        await server.client_register_capability_async(types.RegistrationParams([registration]))
    except JsonRpcException:
        return


async def did_change_configuration(server: Server, params: types.DidChangeConfigurationParams) -> None:
    """Take changed settings: the client's own, if it can be asked, else those that it sent along."""
    workspace = server.client_capabilities.workspace
    if workspace and workspace.configuration:
        await load_configuration(server)
    else:
        _read(server, as_mapping(params.settings).get(SECTION))


def _read(server: Server, values: Any) -> None:
    settings, problems = read_editor_settings(values, server.initial_settings, f"the configuration {SECTION!r}")
    _use(server, settings, problems)


def _use(server: Server, settings: Settings, problems: tuple[str, ...]) -> None:
    # What was read again must not undo what a command has switched since.
    if settings != server.read_settings:
        server.read_settings = settings
        server.use_settings(settings)
        show_focused(server)
    for problem in problems:
        server.show(problem)
