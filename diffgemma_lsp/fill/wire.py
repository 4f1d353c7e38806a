"""Tasks and events as plain JSON values and back: the same over a socket, in a recorded session and in a test.

Reading is strict. What is missing, unknown or of the wrong kind is an InputError that names its key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.fill.events import (
    Candidate,
    Draft,
    Event,
    Fill,
    HoleTokens,
    Progress,
    Stage,
    StopReason,
    Timings,
    TokenText,
)
from diffgemma_lsp.fill.plain import Plain
from diffgemma_lsp.fill.task import FillTask, Hole, Piece, Snippet
from diffgemma_lsp.text.precedents import Precedent

PROTOCOL = 3
"""Counts up whenever one side could misread the other. A task names it, so that no engine guesses."""

_Name = TypeVar("_Name")
_STAGES: Mapping[str, Stage] = {stage: stage for stage in get_args(Stage)}
_STOP_REASONS: Mapping[str, StopReason] = {reason: reason for reason in get_args(StopReason)}
_WHOLE_BOUNDS = ("seed", "max_tokens", "max_steps")
_OPTIONAL = ("language", "path", "instruction", "candidates", *_WHOLE_BOUNDS, "budget_seconds")
_TIMINGS = ("prefill_seconds", "denoising_seconds", "first_draft_seconds", "total_seconds")
_COUNTS = ("prompt_tokens", "cached_tokens")
_PRECEDENT = ("text", "score", "path", "line", "context")


def task_to_plain(task: FillTask) -> dict[str, Any]:
    """Return a task as an object. A piece is a string, or an object whose `hole` is what stands there today."""
    pieces = [piece if isinstance(piece, str) else {"hole": piece.text} for piece in task.pieces]
    snippets = [{"path": snippet.path, "text": snippet.text} for snippet in task.snippets]
    precedents = [_precedent_to_plain(precedent) for precedent in task.precedents]
    options = {name: getattr(task, name) for name in _OPTIONAL}
    return {"protocol": PROTOCOL, "pieces": pieces, "snippets": snippets, "precedents": precedents} | options


def task_from_plain(value: object) -> FillTask:
    """Return the task that `value` describes; only `protocol` and `pieces` must be given."""
    fields = Plain(value, "task").fields(("protocol", "pieces"), (*_OPTIONAL, "snippets", "precedents"))
    protocol = fields.pop("protocol").whole()
    if protocol != PROTOCOL:
        raise InputError(f"task.protocol must be {PROTOCOL}, not {protocol}; use a client and an engine of one version")
    given = {name: field for name, field in fields.items() if not field.is_null()}
    options: dict[str, Any] = {
        name: given[name].text() for name in ("language", "path", "instruction") if name in given
    }
    options |= {name: given[name].whole() for name in ("candidates", *_WHOLE_BOUNDS) if name in given}
    if "snippets" in given:
        options["snippets"] = tuple(_snippet(snippet) for snippet in given["snippets"].items())
    if "precedents" in given:
        options["precedents"] = tuple(_precedent(precedent) for precedent in given["precedents"].items())
    if "budget_seconds" in given:
        options["budget_seconds"] = given["budget_seconds"].number()
    try:
        return FillTask(tuple(_piece(piece) for piece in fields["pieces"].items()), **options)
    except ValueError as error:
        raise InputError(f"task: {error}; correct it") from error


def event_to_plain(event: Event) -> dict[str, Any]:
    """Return an event as an object whose `type` is progress, draft or fill."""
    match event:
        case Progress():
            return {"type": "progress", "stage": event.stage, "done": event.done, "total": event.total}
        case Draft():
            holes = [_hole_to_plain(hole) for hole in event.holes]
            return {"type": "draft", "step": event.step, "max_steps": event.max_steps, "holes": holes}
        case Fill():
            return {
                "type": "fill",
                "candidates": [_candidate_to_plain(candidate) for candidate in event.candidates],
                "timings": {name: getattr(event.timings, name) for name in (*_TIMINGS, *_COUNTS)},
                "model": event.model,
                "follows_instructions": event.follows_instructions,
            }


def event_from_plain(value: object) -> Event:
    """Return the event that `value` describes."""
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "progress":
        fields = Plain(value, "progress").fields(("type", "stage", "done", "total"))
        return Progress(_named(_STAGES, fields["stage"]), fields["done"].whole(), fields["total"].whole())
    if kind == "draft":
        fields = Plain(value, "draft").fields(("type", "step", "max_steps", "holes"))
        return Draft(fields["step"].whole(), fields["max_steps"].whole(), _holes(fields["holes"]))
    if kind == "fill":
        fields = Plain(value, "fill").fields(("type", "candidates", "timings", "model", "follows_instructions"))
        candidates = tuple(_candidate(candidate) for candidate in fields["candidates"].items())
        if not candidates:
            raise fields["candidates"].wrong("an array of at least one candidate")
        follows = fields["follows_instructions"].flag()
        return Fill(candidates, _timings(fields["timings"]), fields["model"].text(), follows)
    raise InputError(f"event.type must be progress, draft or fill, not {kind!r}")


def _piece(piece: Plain) -> Piece:
    return piece.text() if isinstance(piece.value, str) else Hole(piece.fields(("hole",))["hole"].text())


def _snippet(snippet: Plain) -> Snippet:
    fields = snippet.fields(("path", "text"))
    return Snippet(fields["path"].text(), fields["text"].text())


def _precedent_to_plain(precedent: Precedent) -> dict[str, Any]:
    return {name: getattr(precedent, name) for name in _PRECEDENT}


def _precedent(precedent: Plain) -> Precedent:
    fields = precedent.fields(_PRECEDENT)
    score, context = fields["score"].number(), fields["context"].number()
    return Precedent(fields["text"].text(), score, fields["path"].text(), fields["line"].whole(), context)


def _hole_to_plain(tokens: HoleTokens) -> dict[str, Any]:
    return {
        "tokens": [token.text for token in tokens],
        "confidence": [token.confidence for token in tokens],
        "is_settled": [token.is_settled for token in tokens],
    }


def _holes(holes: Plain) -> tuple[HoleTokens, ...]:
    return tuple(_hole(hole) for hole in holes.items())


def _hole(hole: Plain) -> HoleTokens:
    fields = hole.fields(("tokens", "confidence", "is_settled"))
    texts = [text.text() for text in fields["tokens"].items()]
    confidences = [number.number() for number in fields["confidence"].items()]
    settled = [flag.flag() for flag in fields["is_settled"].items()]
    if not len(texts) == len(confidences) == len(settled):
        raise InputError(f"{hole.key} must have tokens, confidence and is_settled of one length")
    return tuple(map(TokenText, texts, confidences, settled))


def _candidate_to_plain(candidate: Candidate) -> dict[str, Any]:
    return {
        "holes": [_hole_to_plain(hole) for hole in candidate.holes],
        "confidence": candidate.confidence,
        "score": candidate.score,
        "steps": candidate.steps,
        "stopped": candidate.stopped,
        "precedent": candidate.precedent and _precedent_to_plain(candidate.precedent),
        "is_left_to_right": candidate.is_left_to_right,
    }


def _candidate(candidate: Plain) -> Candidate:
    fields = candidate.fields(("holes", "confidence", "score", "steps", "stopped", "precedent", "is_left_to_right"))
    precedent = fields["precedent"]
    return Candidate(
        holes=_holes(fields["holes"]),
        confidence=fields["confidence"].number(),
        score=fields["score"].number(),
        steps=fields["steps"].whole(),
        stopped=_named(_STOP_REASONS, fields["stopped"]),
        precedent=None if precedent.is_null() else _precedent(precedent),
        is_left_to_right=fields["is_left_to_right"].flag(),
    )


def _timings(timings: Plain) -> Timings:
    fields = timings.fields((*_TIMINGS, *_COUNTS))
    seconds = {name: fields[name].number() for name in _TIMINGS}
    return Timings(
        **seconds, prompt_tokens=fields["prompt_tokens"].whole(), cached_tokens=fields["cached_tokens"].whole()
    )


def _named(names: Mapping[str, _Name], field: Plain) -> _Name:
    name = field.text()
    if name not in names:
        raise field.wrong(f"one of {', '.join(names)}")
    return names[name]
