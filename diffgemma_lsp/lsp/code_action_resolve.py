"""`codeAction/resolve`: computes the edit of an action that was chosen."""

from __future__ import annotations

from lsprotocol import types

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.lsp.applying import workspace_edit
from diffgemma_lsp.lsp.commands.arguments import Arguments
from diffgemma_lsp.lsp.filling import Order, Outcome, carry_out
from diffgemma_lsp.lsp.orders import read_order
from diffgemma_lsp.lsp.protocol import as_mapping
from diffgemma_lsp.lsp.server import Server


async def code_action_resolve(server: Server, action: types.CodeAction) -> types.CodeAction:
    """Return the action with its edit; without one, and with a message, where there is none to make."""
    data = as_mapping(action.data)
    try:
        order = read_order(server, Arguments(str(data.get("command", "")), data))
    except InputError as error:
        server.show(str(error))
        return action
    outcome = order if isinstance(order, Outcome) else await carry_out(server, order)
    if outcome.message:
        server.show(outcome.message)
    if outcome.edits and isinstance(order, Order):
        action.edit = workspace_edit(order.snapshot, outcome.edits)
    return action
