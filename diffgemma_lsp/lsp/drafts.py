"""`diffgemma/draft`: how the holes settle, for clients that asked to see it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lsprotocol import types

from diffgemma_lsp.fill import Draft, Event, HoleTokens
from diffgemma_lsp.lsp.fills import End, Watcher, Wish
from diffgemma_lsp.lsp.server import Server

METHOD = "diffgemma/draft"
# A screen shows no more, and an editor has other things to do.
_SECONDS_BETWEEN_DRAFTS = 1 / 30


@dataclass(slots=True)
class DraftWatcher:
    """Sends a task's drafts, `ranges` being where its holes stand, and its end.

    A draft that comes too soon after the last one is left out: the next one says more.
    """

    wish: Wish
    ranges: Sequence[types.Range]
    send: Callable[[str, Any], None]
    clock: Callable[[], float] = time.monotonic
    _next_time: float = field(default=float("-inf"), init=False)

    def event(self, event: Event) -> None:
        """Send a draft."""
        if not isinstance(event, Draft) or self.clock() < self._next_time:
            return
        self._next_time = self.clock() + _SECONDS_BETWEEN_DRAFTS
        holes = [
            {"range": place, "text": text, "spans": _spans(tokens)}
            for place, text, tokens in zip(self.ranges, event.texts, event.holes, strict=True)
        ]
        self.send(METHOD, {**self._names(), "step": event.step, "maxSteps": event.max_steps, "holes": holes})

    def end(self, end: End) -> None:
        """Send how the task ended."""
        self.send(METHOD, {**self._names(), "done": end})

    def _names(self) -> dict[str, Any]:
        snapshot = self.wish.snapshot
        return {
            "taskId": self.wish.id,
            "purpose": self.wish.purpose,
            "textDocument": {"uri": snapshot.uri, "version": snapshot.version},
        }


def draft_watchers(server: Server, wish: Wish, ranges: Sequence[types.Range]) -> tuple[Watcher, ...]:
    """Return who sends the drafts of a wish: nobody, where the client did not ask for them."""
    return (DraftWatcher(wish, ranges, server.notify),) if server.wants_drafts else ()


def _spans(tokens: HoleTokens) -> list[dict[str, Any]]:
    return [
        {"text": token.text, "confidence": round(token.confidence, 3), "isSettled": token.is_settled}
        for token in tokens
    ]
