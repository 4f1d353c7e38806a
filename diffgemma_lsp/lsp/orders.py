"""From the arguments of a command, or the data of a code action, to what is to be filled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.lsp.commands.arguments import Arguments
from diffgemma_lsp.lsp.filling import Order, Outcome
from diffgemma_lsp.lsp.server import Server
from diffgemma_lsp.lsp.snapshot import Snapshot
from diffgemma_lsp.text import MARKER, Place, marked_places


def read_order(server: Server, arguments: Arguments) -> Order | Outcome:
    """Return what is to be filled, for the command that `arguments` name, or why there is nothing to fill.

    Raises InputError where they are wrong themselves: no known command, no open document, no place in it.
    """
    if arguments.command not in _ORDERS:
        raise InputError(f"{arguments.command!r} fills nothing; ask for the code actions again")
    snapshot = server.snapshot(arguments.needed_document_uri)
    if arguments.document_version not in (None, snapshot.version):
        message = "the document changed before it could be filled, so nothing was edited; ask again"
        return Outcome("", reason="stale", message=message)
    return _ORDERS[arguments.command](snapshot, arguments)


def _fill(snapshot: Snapshot, arguments: Arguments) -> Order:
    place = _place(snapshot, arguments)
    place = replace(place, before=arguments.text("before") or "", after=arguments.text("after") or "")
    return Order("fill", snapshot, (place,), "Filling in", arguments.text("instruction"))


def _rewrite(snapshot: Snapshot, arguments: Arguments) -> Order | Outcome:
    place = _place(snapshot, arguments)
    if place.span.start == place.span.end:
        message = "a rewrite needs a selection, and this one is empty; select code, or fill in at the cursor"
        return Outcome("", reason="nothing", message=message)
    return Order("rewrite", snapshot, (place,), "Rewriting", arguments.text("instruction"))


def _fill_holes(snapshot: Snapshot, arguments: Arguments) -> Order | Outcome:
    places = marked_places(snapshot.text)
    if not places:
        message = f"there is no {MARKER} in this document; write one where code is missing"
        return Outcome("", reason="nothing", message=message)
    title = "Filling one hole" if len(places) == 1 else f"Filling {len(places)} holes"
    return Order("fillHoles", snapshot, places, title, arguments.text("instruction"))


def _place(snapshot: Snapshot, arguments: Arguments) -> Place:
    span = snapshot.span(arguments.needed_range)
    return Place(span, snapshot.text[span.start : span.end])


_ORDERS: Mapping[str, Callable[[Snapshot, Arguments], Order | Outcome]] = {
    "diffgemma.fill": _fill,
    "diffgemma.fillHoles": _fill_holes,
    "diffgemma.rewrite": _rewrite,
}
