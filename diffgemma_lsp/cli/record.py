"""The object that `--json` prints; the help of `diffgemma infill` describes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from diffgemma_lsp.cli.suggestions import Outcome
from diffgemma_lsp.fill import Candidate, HoleTokens, join_tokens
from diffgemma_lsp.fill.origin import origin_to_plain
from diffgemma_lsp.text import LineIndex, Place


def fill_record(path: str, outcome: Outcome, is_written: bool) -> dict[str, Any]:
    """Return what was suggested for the file at `path`, as an object for JSON."""
    index = LineIndex.of(outcome.document.text)
    records = [_candidate(suggestion.candidate, outcome.places, index) for suggestion in outcome.suggestions]
    fill = outcome.fill
    best = records[0] if records else _candidate(fill.candidates[0], outcome.places, index) | {"fills": []}
    return {
        "path": path,
        "model": fill.model,
        "follows_instructions": fill.follows_instructions,
        "written": is_written,
        **best,
        **({"candidates": records} if len(records) > 1 else {}),
        "timings": {key: round(value, 6) for key, value in asdict(fill.timings).items()},
    }


def _candidate(candidate: Candidate, places: Sequence[Place], index: LineIndex) -> dict[str, Any]:
    holes = zip(candidate.holes, places, strict=True)
    return {
        "fills": [_fill(tokens, place, index) for tokens, place in holes],
        "confidence": round(candidate.confidence, 4),
        "score": round(candidate.score, 4),
        "steps": candidate.steps,
        "stopped": candidate.stopped,
        "precedent": origin_to_plain(candidate),
        "left_to_right": candidate.is_left_to_right,
    }


def _fill(tokens: HoleTokens, place: Place, index: LineIndex) -> dict[str, Any]:
    return {
        "text": join_tokens(tokens) or place.text,
        "span": {
            "start": _position(index, place.span.start),
            "end": _position(index, place.span.end),
        },
        "tokens": [token.text for token in tokens],
        "confidence": [round(token.confidence, 4) for token in tokens],
    }


def _position(index: LineIndex, offset: int) -> dict[str, int]:
    return {**asdict(index.position(offset)), "offset": offset}
