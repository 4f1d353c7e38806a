"""`diffgemma/draft`: how the holes settle, for clients that asked to see it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lsprotocol import types

from diffgemma_lsp.fill import Draft, Event, HoleTokens, TokenText, join_tokens
from diffgemma_lsp.lsp.fills import End, Watcher, Wish
from diffgemma_lsp.lsp.server import Server

METHOD = "diffgemma/draft"
# A screen shows no more, and an editor has other things to do.
_SECONDS_BETWEEN_DRAFTS = 1 / 30


@dataclass(slots=True)
class DraftWatcher:
    """Sends a task's drafts, `ranges` being what its holes replace, and its end.

    `head` stands before the first hole and is replaced, too. A draft that comes too soon after the last one is left
    out: the next one says more.
    """

    wish: Wish
    ranges: Sequence[types.Range]
    send: Callable[[str, Any], None]
    head: str = ""
    clock: Callable[[], float] = time.monotonic
    _next_time: float = field(default=float("-inf"), init=False)

    def event(self, event: Event) -> None:
        """Send a draft."""
        if not isinstance(event, Draft) or self.clock() < self._next_time:
            return
        self._next_time = self.clock() + _SECONDS_BETWEEN_DRAFTS
        given: HoleTokens = (TokenText(self.head, 1.0),) if self.head else ()
        shown = [tokens if number else (*given, *tokens) for number, tokens in enumerate(event.holes)]
        holes = [
            {"range": place, "text": join_tokens(tokens), "spans": _spans(tokens)}
            for place, tokens in zip(self.ranges, shown, strict=True)
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


def draft_watchers(server: Server, wish: Wish, ranges: Sequence[types.Range], head: str = "") -> tuple[Watcher, ...]:
    """Return who sends the drafts of a wish: nobody, where the client did not ask for them."""
    return (DraftWatcher(wish, ranges, server.notify, head),) if server.wants_drafts else ()


def _spans(tokens: HoleTokens) -> list[dict[str, Any]]:
    return [
        {"text": token.text, "confidence": round(token.confidence, 3), "isSettled": token.is_settled}
        for token in tokens
    ]
