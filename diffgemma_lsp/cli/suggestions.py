"""From a fill to what may be done with a document."""

from __future__ import annotations

from dataclasses import dataclass

from diffgemma_lsp.fill import Candidate, Fill, FillTask
from diffgemma_lsp.fill.holes import edits_of
from diffgemma_lsp.fill.trimmed import trim_candidate
from diffgemma_lsp.text import Document, Place


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A candidate, trimmed, and the document with it."""

    candidate: Candidate
    document: Document


@dataclass(frozen=True, slots=True)
class Outcome:
    """A fill of `document` at `places`, and what of it would change something: best first, each text once."""

    document: Document
    places: tuple[Place, ...]
    fill: Fill
    suggestions: tuple[Suggestion, ...]


def outcome_of(fill: Fill, task: FillTask, document: Document, places: tuple[Place, ...]) -> Outcome:
    """Trim the candidates of a fill, and keep those that suggest anything."""
    seen = {tuple(place.text for place in places)}
    suggestions: list[Suggestion] = []
    for raw in fill.candidates:
        candidate = trim_candidate(task, raw, document.text.endswith("\n"))
        edits = edits_of(places, candidate.texts)
        texts = tuple(edit.text for edit in edits)
        if texts not in seen:
            seen.add(texts)
            suggestions.append(Suggestion(candidate, document.edited(edits)))
    return Outcome(document, places, fill, tuple(suggestions))
