"""`diffgemma.fill`, `diffgemma.fillHoles` and `diffgemma.rewrite`: fill, and have the editor apply it."""

from __future__ import annotations

from typing import Any

from diffgemma_lsp.lsp.applying import answer, fill_and_apply
from diffgemma_lsp.lsp.commands.arguments import Arguments
from diffgemma_lsp.lsp.filling import Outcome
from diffgemma_lsp.lsp.orders import read_order
from diffgemma_lsp.lsp.server import Server


async def run(server: Server, arguments: Arguments) -> dict[str, Any]:
    """Carry out the order that the command's name and arguments make. Raises InputError where they make none."""
    order = read_order(server, arguments)
    return answer(server, order) if isinstance(order, Outcome) else await fill_and_apply(server, order)
