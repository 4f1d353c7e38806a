"""`diffgemma/origin`: where a fill comes from, for clients that asked to know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diffgemma_lsp.fill import Candidate, Event, Fill
from diffgemma_lsp.fill.origin import origin_to_plain
from diffgemma_lsp.lsp.fills import End, Watcher, Wish
from diffgemma_lsp.lsp.server import Server
from diffgemma_lsp.repository.roots import source_root

METHOD = "diffgemma/origin"


@dataclass(frozen=True, slots=True)
class OriginWatcher:
    """Sends the origins of a fill's candidates; `root` is the folder that the paths of precedents are in."""

    wish: Wish
    root: Path
    send: Callable[[str, Any], None]

    def event(self, event: Event) -> None:
        """Send the origins of a fill."""
        if isinstance(event, Fill):
            snapshot = self.wish.snapshot
            self.send(
                METHOD,
                {
                    "taskId": self.wish.id,
                    "textDocument": {"uri": snapshot.uri, "version": snapshot.version},
                    "origins": [self._origin(candidate) for candidate in event.candidates],
                },
            )

    def end(self, end: End) -> None:
        """Have nothing to say."""

    def _origin(self, candidate: Candidate) -> dict[str, Any] | None:
        origin = origin_to_plain(candidate)
        return origin and {"uri": (self.root / origin.pop("path")).as_uri(), **origin}


def origin_watchers(server: Server, wish: Wish) -> tuple[Watcher, ...]:
    """Return who sends the origins of a wish: nobody, where the client did not ask for them."""
    if not server.wants_origins or wish.site is None:
        return ()
    return (OriginWatcher(wish, source_root(wish.site.path, server.roots), server.notify),)
