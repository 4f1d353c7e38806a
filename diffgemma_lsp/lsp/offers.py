"""What could be filled at a selection, found without asking anybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lsprotocol import types

from diffgemma_lsp.lsp.fills import Purpose
from diffgemma_lsp.lsp.snapshot import Snapshot
from diffgemma_lsp.text import MARKER, Span
from diffgemma_lsp.text.bodies import placeholder_at

REWRITE_KIND = "refactor.rewrite.diffgemma"
FIX_KIND = "quickfix.diffgemma"


@dataclass(frozen=True, slots=True)
class Offer:
    """A fill that can be ordered: `span` is what it replaces; that of marked holes is the whole document."""

    title: str
    kind: str
    purpose: Purpose
    span: Span
    instruction: str | None = None
    diagnostic: types.Diagnostic | None = None


def offers(
    snapshot: Snapshot, selection: Span, diagnostics: Sequence[types.Diagnostic], follows_instructions: bool
) -> Iterator[Offer]:
    """Yield what can be done at `selection`; a model that follows no instructions is not offered any."""
    text = snapshot.text
    if text[selection.start : selection.end].strip():
        title = "Rewrite selection" if follows_instructions else "Refill selection (the model takes no instructions)"
        yield Offer(title, REWRITE_KIND, "rewrite", selection)
    if count := text.count(MARKER):
        title = "Fill the marked hole" if count == 1 else f"Fill {count} marked holes"
        yield Offer(title, REWRITE_KIND, "fillHoles", Span(0, len(text)))
    if body := placeholder_at(text, selection.start):
        yield Offer("Complete this body", REWRITE_KIND, "fill", body)
    if follows_instructions:
        for diagnostic in diagnostics:
            lines = _whole_lines(snapshot, snapshot.span(diagnostic.range))
            title = f"Fix: {_first_line(diagnostic.message)}"
            instruction = f"Fix this problem: {diagnostic.message}"
            yield Offer(title, FIX_KIND, "rewrite", lines, instruction, diagnostic)


def _whole_lines(snapshot: Snapshot, span: Span) -> Span:
    text = snapshot.text
    end = text.find("\n", span.end)
    return Span(text.rfind("\n", 0, span.start) + 1, len(text) if end < 0 else end)


def _first_line(message: str) -> str:
    line = message.partition("\n")[0]
    return line if len(line) <= 60 else line[:59] + "…"
