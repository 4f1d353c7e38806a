"""`diffgemma.fill`, `diffgemma.fillHoles` and `diffgemma.rewrite`: fill, and have the editor apply it, or show it."""

from __future__ import annotations

from typing import Any

from diffgemma_lsp.lsp.applying import answer, fill_and_apply, workspace_edit
from diffgemma_lsp.lsp.commands.arguments import Arguments
from diffgemma_lsp.lsp.filling import Order, Outcome, carry_out
from diffgemma_lsp.lsp.orders import read_order
from diffgemma_lsp.lsp.server import Server


async def run(server: Server, arguments: Arguments) -> dict[str, Any]:
    """Carry out the order that the command's name and arguments make. Raises InputError where they make none.

    With `apply` false the editor gets the edit in the answer, to show it and to apply it if its user agrees.
    """
    is_applied = arguments.flag("apply", default=True)
    order = read_order(server, arguments)
    if isinstance(order, Outcome):
        return answer(server, order)
    return await (fill_and_apply(server, order) if is_applied else _fill_only(server, order))


async def _fill_only(server: Server, order: Order) -> dict[str, Any]:
    outcome = await carry_out(server, order)
    edit = workspace_edit(order.snapshot, outcome.edits) if outcome.edits else None
    return {**answer(server, outcome), "applied": False, "edit": edit}
