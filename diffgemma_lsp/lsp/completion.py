"""From a cursor to a task, and from its fill to the texts that may stand at the cursor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from lsprotocol import types

from diffgemma_lsp.fill import Candidate, Fill, FillTask, Hole, HoleTokens, Snippet, TokenText, join_tokens
from diffgemma_lsp.fill.quiet import confident_lines, first_doubt
from diffgemma_lsp.fill.trimmed import trim_candidate
from diffgemma_lsp.lsp.engine import FillKind
from diffgemma_lsp.lsp.snapshot import Snapshot
from diffgemma_lsp.lsp.suggestions import Suggested
from diffgemma_lsp.repository.index import Site
from diffgemma_lsp.settings import Settings
from diffgemma_lsp.text import Span
from diffgemma_lsp.text.window import Window

_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Point:
    """A cursor as a filler sees it: `prefix` and `suffix` are all text around it.

    `range` is what an accepted item replaces. `selected` is the entry of the editor's own list that stands there then,
    and with which each item has to begin; empty where no list is open.
    """

    prefix: str
    suffix: str
    range: types.Range
    selected: str = ""

    @classmethod
    def of(cls, snapshot: Snapshot, params: types.InlineCompletionParams) -> Point:
        """Find the point of a request. An entry of the editor's list counts as typed already."""
        offset = snapshot.offset(params.position)
        span, selected = Span(offset, offset), ""
        if info := params.context.selected_completion_info:
            span, selected = snapshot.span(info.range), info.text.replace("\r\n", "\n")
        return cls(snapshot.text[: span.start] + selected, snapshot.text[span.end :], snapshot.range(span), selected)

    @classmethod
    def at(cls, snapshot: Snapshot, offset: int) -> Point:
        """Return the point of a cursor at `offset`, no list being open."""
        return cls(snapshot.text[:offset], snapshot.text[offset:], snapshot.range(Span(offset, offset)))

    def site(self, snapshot: Snapshot) -> Site | None:
        """Return where the hole of a completion stands, None in a document that is no file."""
        return Site(Path(snapshot.path), self.prefix, self.suffix) if snapshot.path else None

    @property
    def offset(self) -> int:
        """The offset in the document at which items are put."""
        return len(self.prefix) - len(self.selected)

    def item(self, snapshot: Snapshot, text: str) -> types.InlineCompletionItem:
        """Return an item that puts `text` at the point."""
        return types.InlineCompletionItem(snapshot.with_line_ends(self.selected + text), range=self.range)


def completion_task(
    point: Point, snapshot: Snapshot, snippets: tuple[Snippet, ...], kind: FillKind, settings: Settings
) -> FillTask:
    """Return the task of a completion; an automatic one is for one candidate in a limited time."""
    text = point.prefix + point.suffix
    seen = Window().around(text, Span(len(point.prefix), len(point.prefix)), snapshot.language)
    pieces = (point.prefix[seen.start :], Hole(), point.suffix[: seen.end - len(point.prefix)])
    is_automatic = kind == "automatic"
    return FillTask(
        pieces=tuple(piece for piece in pieces if piece != ""),
        language=snapshot.language,
        path=snapshot.path,
        snippets=snippets,
        candidates=1 if is_automatic else settings.candidates,
        max_tokens=settings.max_tokens or None,
        budget_seconds=(settings.budget_milliseconds / 1000 or None) if is_automatic else None,
    )


def suggested(fill: Fill, point: Point, kind: FillKind, settings: Settings) -> Suggested:
    """Return what may be suggested: trimmed against the whole document, nothing twice, nothing blank.

    What comes without being asked for passes the quiet gate.
    """
    whole = FillTask((point.prefix, Hole(), point.suffix))
    threshold = settings.confidence if kind == "automatic" else 0.0
    ranked = [_fitting(candidate, whole, point) for candidate in fill.candidates]
    texts = (join_tokens(confident_lines(tokens, threshold)) for tokens in ranked)
    shown = tuple(dict.fromkeys(text for text in texts if text.strip()))
    return Suggested(shown, None if shown else first_doubt(ranked[0], threshold))


def _fitting(candidate: Candidate, whole: FillTask, point: Point) -> HoleTokens:
    # More lines would tear the rest of the cursor's line away from its beginning, and hide where the first repeats it.
    if _WORD.search(point.suffix.partition("\n")[0]):
        candidate = replace(candidate, holes=(tuple(_first_line(*candidate.holes)),))
    (tokens,) = trim_candidate(whole, candidate, ends_file_with_newline=False).holes
    return tokens


def _first_line(tokens: HoleTokens) -> Iterator[TokenText]:
    for token in tokens:
        line, line_end, _ = token.text.partition("\n")
        yield replace(token, text=line)
        if line_end:
            return
