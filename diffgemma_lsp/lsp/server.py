"""What one editor window has: settings, documents, running fills, and the suggestions that were shown last."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from lsprotocol import converters, types
from pygls.lsp.server import LanguageServer

from diffgemma_lsp import __version__
from diffgemma_lsp.fill import Snippet
from diffgemma_lsp.lsp.access import Access
from diffgemma_lsp.lsp.ahead import Ahead
from diffgemma_lsp.lsp.engine import Engine, EngineStatus
from diffgemma_lsp.lsp.fills import Fills
from diffgemma_lsp.lsp.informed import Informed
from diffgemma_lsp.lsp.precedents import Precedents
from diffgemma_lsp.lsp.protocol import Protocol
from diffgemma_lsp.lsp.related import Related
from diffgemma_lsp.lsp.shown import Shown
from diffgemma_lsp.lsp.snapshot import Snapshot, path_of
from diffgemma_lsp.lsp.status import Status, StatusLine, held_back
from diffgemma_lsp.lsp.suggestions import Suggestions
from diffgemma_lsp.repository.index import Site
from diffgemma_lsp.settings import Problems, Settings
from diffgemma_lsp.text.precedents import Precedent

logger = logging.getLogger(__name__)


class Server(LanguageServer):
    """The state behind all handlers.

    `file_settings` hold before the editor says anything, `initial_settings` before its configuration does;
    `read_settings` is what was read last, and `settings` what holds, which a command may have switched. `shown` is what
    was suggested last without being asked for; `doubt` says how sure the model was of what was held back instead.
    """

    protocol: Protocol

    def __init__(self, engine: Engine, file_settings: Settings, file_problems: Problems = ()) -> None:
        super().__init__(
            "diffgemma-lsp", __version__, protocol_cls=Protocol, converter_factory=converters.get_converter
        )
        self.engine = engine
        engine.listen(self.log)
        self.has_offered_restart = False
        self.precedents = Precedents()
        self.ahead = Ahead(Informed(engine, self._precedents_at))
        self.fills = Fills(self.ahead)
        self.file_settings = file_settings
        self.file_problems = file_problems
        self.initial_settings = file_settings
        self.read_settings = file_settings
        self.settings = file_settings
        self.suggestions = Suggestions()
        self.shown: Shown | None = None
        self.doubt: float | None = None
        self.access = Access()
        self.related = Related()
        self.status_line = StatusLine(self.notify)
        self.focused_uri = ""
        self.wants_drafts = False
        self.wants_origins = False
        self._background: set[asyncio.Task[None]] = set()

    def snapshot(self, uri: str) -> Snapshot:
        """Return a document as it was when the current request arrived. Raises InputError where it was not open."""
        return self.protocol.store().snapshot(uri)

    def is_current(self, snapshot: Snapshot) -> bool:
        """Say whether a snapshot's document is still what it was."""
        return self.protocol.store().is_current(snapshot)

    def why_inactive(self, snapshot: Snapshot) -> str | None:
        """Return why a document gets no suggestions, as half a sentence; None where it does."""
        return self.access.why_denied(snapshot, self.settings, self.roots)

    def snippets(self, snapshot: Snapshot, offset: int) -> tuple[Snippet, ...]:
        """Return what of the other documents, as far as a model may see them, has to do with a place in this one."""
        settings, roots = self.settings, self.roots
        if settings.snippet_characters == 0:
            return ()
        others = (
            document
            for document in self.protocol.store().newest_first
            if document.uri != snapshot.uri
            and self.access.why_unread(document.uri, document.language, settings, roots) is None
        )
        return self.related.snippets(snapshot, offset, others, settings.snippet_characters, settings.longest_document)

    async def _precedents_at(self, site: Site) -> tuple[Precedent, ...]:
        """Return what stands in places like a site, in documents and files of its repository that a model may see."""
        settings = self.settings
        shown = {
            Path(path): document.raw
            for document in self.protocol.store().documents.values()
            if (path := path_of(document.uri)) and len(document.raw) <= settings.longest_document
        }
        return await self.precedents.at(site, shown, self.roots, settings.precedent_lines)

    @property
    def roots(self) -> tuple[Path, ...]:
        """The workspace's folders."""
        return tuple(Path(folder) for folder in self.folders)

    @property
    def folders(self) -> tuple[str, ...]:
        """The paths of the workspace's folders."""
        store = self.protocol.store()
        uris = list(store.folders) or ([store.root_uri] if store.root_uri else [])
        return tuple(path for path in map(path_of, uris) if path)

    async def look_at_engine(self) -> EngineStatus:
        """Return how the engine is, and remember what it says of its model and of where text goes."""
        status = await self.engine.status()
        if status.follows_instructions is not None:
            self.fills.follows_instructions = status.follows_instructions
        # While an engine loads it may know nothing of its server yet.
        if status.sends_to and status.sends_to != self.status_line.sends_to:
            self.status_line.sends_to = status.sends_to
            self.status_line.show(self.status_line.shown)
        return status

    def use_settings(self, settings: Settings) -> None:
        """Work by other settings from now on; what was suggested by the old ones is forgotten."""
        if settings != self.settings:
            self.settings = settings
            self.forget_suggestions()

    def forget_suggestions(self) -> None:
        """Forget what was suggested, and what was to be, as when something would be suggested otherwise now."""
        self.suggestions.forget()
        self.shown = None
        self.ahead.drop()
        self.tell_doubt(None)

    def tell_doubt(self, doubt: float | None, *, is_fresh: bool = False) -> None:
        """Say that the last suggestion was held back, or that none was; only a fresh answer takes back an error."""
        self.doubt = doubt
        if is_fresh or self.status_line.is_calm:
            self.status_line.show(Status() if doubt is None else held_back(doubt, self.settings.confidence))

    def notify(self, method: str, params: Any) -> None:
        """Send a notification of our own."""
        self.protocol.notify(method, params)

    def show(self, message: str, kind: types.MessageType = types.MessageType.Warning) -> None:
        """Show the user a sentence."""
        self.window_show_message(types.ShowMessageParams(kind, f"diffgemma: {message}"))

    def log(self, message: str) -> None:
        """Write a sentence into the editor's log of this server."""
        self.window_log_message(types.LogMessageParams(types.MessageType.Info, f"diffgemma: {message}"))

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside the handlers; it ends with the server at the latest."""
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log what went wrong outside of a request; a user cannot do anything about it, so nothing is shown."""
        logger.error("%s: %s", getattr(source, "__name__", source), error)
