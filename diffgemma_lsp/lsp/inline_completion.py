"""`textDocument/inlineCompletion`: what could stand at the cursor."""

from __future__ import annotations

from lsprotocol import types

from diffgemma_lsp.errors import DiffgemmaError, InputError
from diffgemma_lsp.lsp.completion import Point, completion_task, suggested
from diffgemma_lsp.lsp.drafts import draft_watchers
from diffgemma_lsp.lsp.engine import FillKind
from diffgemma_lsp.lsp.fills import Wish
from diffgemma_lsp.lsp.loading import LoadingWatcher
from diffgemma_lsp.lsp.origins import origin_watchers
from diffgemma_lsp.lsp.restart import offer_restart
from diffgemma_lsp.lsp.server import Server
from diffgemma_lsp.lsp.shown import Shown
from diffgemma_lsp.lsp.snapshot import Snapshot
from diffgemma_lsp.lsp.status import Status
from diffgemma_lsp.lsp.suggestions import Cursor, Suggested
from diffgemma_lsp.lsp.work_done import LoadProgress


async def inline_completion(server: Server, params: types.InlineCompletionParams) -> types.InlineCompletionList | None:
    """Return items, best first. None, which changes nothing on the screen, where a newer request or text came.

    Never fails for want of an engine: then there is nothing to suggest, and the status says why.
    """
    try:
        snapshot = server.snapshot(params.text_document.uri)
    except InputError:
        return None
    if reason := server.why_inactive(snapshot):
        server.status_line.show(Status("Inactive", reason))
        return types.InlineCompletionList([])
    is_asked_for = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
    kind: FillKind = "explicit" if is_asked_for else "automatic"
    point = Point.of(snapshot, params)
    cursor = Cursor(snapshot.uri, point.prefix, point.suffix)
    recalled = server.suggestions.recall(kind, cursor)
    if recalled is not None:
        server.fills.supersede_completions(snapshot.uri)
    found = recalled or await _ask(server, snapshot, point, kind)
    if found is None:
        return None
    if recalled is None:
        server.suggestions.remember(kind, cursor, found)
    server.tell_doubt(found.doubt, is_fresh=recalled is None)
    if not server.is_current(snapshot):
        return None
    texts = found.texts
    if kind == "automatic":
        texts = texts[:1]
        server.shown = Shown.of(snapshot, point, texts)
    return types.InlineCompletionList([point.item(snapshot, text) for text in texts])


async def _ask(server: Server, snapshot: Snapshot, point: Point, kind: FillKind) -> Suggested | None:
    """Return what the engine suggests, None where the wish was called off or could not be done."""
    settings = server.settings
    task = completion_task(point, snapshot, server.snippets(snapshot, point.offset), kind, settings)
    waits = kind == "automatic" and not server.ahead.has_begun(task)
    wish = Wish(
        id=server.fills.new_id(),
        purpose="completion",
        kind=kind,
        snapshot=snapshot,
        task=task,
        delay_seconds=settings.debounce_milliseconds / 1000 if waits else 0.0,
        site=point.site(snapshot),
    )
    server.fills.supersede_completions(snapshot.uri, but_like=wish)
    watchers = (
        *draft_watchers(server, wish, [point.range], point.selected),
        *origin_watchers(server, wish),
        LoadingWatcher(server.status_line),
        LoadProgress(server, wish),
    )
    try:
        fill = await server.fills.run(wish, watchers)
    except DiffgemmaError as error:
        server.status_line.show(Status("Error", str(error)))
        offer_restart(server, error)
        return None
    if fill is None:
        return None
    return suggested(fill, point, kind, settings)
