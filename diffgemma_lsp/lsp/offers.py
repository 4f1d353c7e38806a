"""What could be filled at a selection, found without asking anybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from lsprotocol import types

from diffgemma_lsp.lsp.fills import Purpose
from diffgemma_lsp.lsp.snapshot import Snapshot
from diffgemma_lsp.text import MARKER, Place, Span
from diffgemma_lsp.text.bodies import body_at
from diffgemma_lsp.text.syntax.documentation import documentation_at

REWRITE_KIND = "refactor.rewrite.diffgemma"
BODY_KIND = f"{REWRITE_KIND}.body"
DOCUMENTATION_KIND = f"{REWRITE_KIND}.documentation"
FIX_KIND = "quickfix.diffgemma"
# A line may have any number of diagnostics; more would bury the editor's own actions.
_MOST_FIXES = 5
_TAKES_NONE = "(the model takes no instructions)"
# The protocol has no way to ask for one; a client that has uses the command.
_GIVES_NONE = "(without an instruction)"


@dataclass(frozen=True, slots=True)
class Offer:
    """A fill that can be ordered: `place` is what it replaces; that of marked holes is the whole document."""

    title: str
    kind: str
    purpose: Purpose
    place: Place
    instruction: str | None = None
    diagnostic: types.Diagnostic | None = None


def offers(
    snapshot: Snapshot, selection: Span, diagnostics: Sequence[types.Diagnostic], follows_instructions: bool
) -> Iterator[Offer]:
    """Yield what can be done at `selection`. A title says so where a model follows no instructions, but needs one."""
    text = snapshot.text
    if text[selection.start : selection.end].strip():
        title = f"Refill selection {_GIVES_NONE if follows_instructions else _TAKES_NONE}"
        yield Offer(title, REWRITE_KIND, "rewrite", Place(selection))
    if count := text.count(MARKER):
        title = "Fill the marked hole" if count == 1 else f"Fill {count} marked holes"
        yield Offer(title, REWRITE_KIND, "fillHoles", Place(Span(0, len(text))))
    if body := body_at(text, selection.start, snapshot.language):
        wish = "Write the code that is missing here." if follows_instructions else None
        yield Offer("Complete this body", BODY_KIND, "fill", body, wish)
    if comment := documentation_at(text, selection.start, snapshot.language):
        title = "Write a docstring" if snapshot.language == "python" else "Write a documentation comment"
        wish = "Document what is declared here, in one or two sentences."
        title = title if follows_instructions else f"{title} {_TAKES_NONE}"
        yield Offer(title, DOCUMENTATION_KIND, "fill", comment, wish)
    for diagnostic in islice(diagnostics, _MOST_FIXES):
        lines = _whole_lines(snapshot, snapshot.span(diagnostic.range))
        if text[lines.start : lines.end].strip():
            problem = _first_line(diagnostic.message)
            title = f"Fix: {problem}" if follows_instructions else f"Refill the lines of: {problem} {_TAKES_NONE}"
            instruction = f"Fix this problem: {diagnostic.message}"
            yield Offer(title, FIX_KIND, "rewrite", Place(lines), instruction, diagnostic)


def _whole_lines(snapshot: Snapshot, span: Span) -> Span:
    text = snapshot.text
    end = text.find("\n", span.end)
    return Span(text.rfind("\n", 0, span.start) + 1, len(text) if end < 0 else end)


def _first_line(message: str) -> str:
    line = message.partition("\n")[0]
    return line if len(line) <= 60 else line[:59] + "…"
