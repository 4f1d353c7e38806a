"""Fill places of a document because somebody asked: the one way that commands and code actions share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from diffgemma_lsp.errors import DiffgemmaError
from diffgemma_lsp.fill import Fill, FillTask
from diffgemma_lsp.fill.holes import cut_at, edits_of
from diffgemma_lsp.fill.trimmed import trim_candidate
from diffgemma_lsp.fill.windows import cut_window
from diffgemma_lsp.lsp.drafts import draft_watchers
from diffgemma_lsp.lsp.fills import Purpose, Wish
from diffgemma_lsp.lsp.loading import LoadingWatcher
from diffgemma_lsp.lsp.origins import origin_watchers
from diffgemma_lsp.lsp.restart import offer_restart
from diffgemma_lsp.lsp.server import Server
from diffgemma_lsp.lsp.snapshot import Snapshot
from diffgemma_lsp.lsp.work_done import progress_watchers
from diffgemma_lsp.repository.index import Site
from diffgemma_lsp.text import Edit, Place
from diffgemma_lsp.text.smallest import smallest_edits
from diffgemma_lsp.text.window import Window

# Why there is no edit.
Reason = Literal["inactive", "failed", "cancelled", "nothing", "stale", "rejected"]


@dataclass(frozen=True, slots=True)
class Order:
    """Places of a document to fill, in document order, and what to call it while it runs."""

    purpose: Purpose
    snapshot: Snapshot
    places: tuple[Place, ...]
    title: str
    instruction: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Edits of the order's snapshot in document order, or the reason why there are none.

    `message` is a sentence for the user, empty where there is nothing to say.
    """

    task_id: str
    edits: tuple[Edit, ...] = ()
    reason: Reason | None = None
    message: str = ""
    follows_instructions: bool | None = None


async def carry_out(server: Server, order: Order) -> Outcome:
    """Return what an order comes to. Only a cancelled request ends it otherwise, with CancelledError."""
    snapshot = order.snapshot
    wish = Wish(
        id=server.fills.new_id(),
        purpose=order.purpose,
        kind="explicit",
        snapshot=snapshot,
        task=_task(server, order),
        site=_site(order),
    )
    if inactive := server.why_inactive(snapshot):
        return Outcome(wish.id, reason="inactive", message=f"nothing is filled here: {inactive}")
    if not server.is_current(snapshot):
        return _stale(wish)
    watchers = (
        *draft_watchers(server, wish, [snapshot.range(place.span) for place in order.places]),
        *origin_watchers(server, wish),
        *progress_watchers(server, wish, order.title),
        LoadingWatcher(server.status_line),
    )
    try:
        fill = await server.fills.run(wish, watchers)
    except DiffgemmaError as error:
        offer_restart(server, error)
        return Outcome(wish.id, reason="failed", message=str(error))
    if fill is None:
        return Outcome(wish.id, reason="cancelled")
    if not server.is_current(snapshot):
        return _stale(wish)
    return _outcome(wish, order, fill)


def _task(server: Server, order: Order) -> FillTask:
    return FillTask(
        pieces=cut_window(order.snapshot.text, order.places, Window(), order.snapshot.language),
        language=order.snapshot.language,
        path=order.snapshot.path,
        instruction=order.instruction,
        snippets=server.snippets(order.snapshot, order.places[0].span.start),
    )


def _site(order: Order) -> Site | None:
    """Return where the only hole of an order stands; None for several, and in a document that is no file."""
    if len(order.places) > 1 or not order.snapshot.path:
        return None
    (place,) = order.places
    text = order.snapshot.text
    prefix, suffix = text[: place.span.start] + place.before, place.after + text[place.span.end :]
    return Site(Path(order.snapshot.path), prefix, suffix, place.text)


def _stale(wish: Wish) -> Outcome:
    message = "the document changed while it was being filled, so nothing was edited; ask again"
    return Outcome(wish.id, reason="stale", message=message)


def _outcome(wish: Wish, order: Order, fill: Fill) -> Outcome:
    text = order.snapshot.text
    whole = replace(wish.task, pieces=cut_at(text, order.places))
    best = trim_candidate(whole, fill.candidates[0], ends_file_with_newline=text.endswith("\n"))
    edits = tuple(edit for wanted in edits_of(order.places, best.texts) for edit in smallest_edits(text, wanted))
    if not any(best.texts) or not edits:
        message = f"{fill.model} suggests nothing else here; try another place, or more of the code selected"
        return Outcome(wish.id, reason="nothing", message=message, follows_instructions=fill.follows_instructions)
    needs_instructions = order.instruction is not None or order.purpose == "rewrite"
    is_deaf = needs_instructions and not fill.follows_instructions
    message = f"{fill.model} refills and does not follow instructions, so it went by the code alone" if is_deaf else ""
    return Outcome(wish.id, edits, message=message, follows_instructions=fill.follows_instructions)
