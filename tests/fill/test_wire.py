"""Tasks and events over the wire."""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

import pytest

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.fill import (
    Candidate,
    Draft,
    Event,
    Fill,
    FillTask,
    Hole,
    HoleTokens,
    Piece,
    Progress,
    Snippet,
    StopReason,
    Timings,
    TokenText,
)
from diffgemma_lsp.fill.wire import PROTOCOL, event_from_plain, event_to_plain, task_from_plain, task_to_plain
from diffgemma_lsp.text.precedents import Precedent

SEEDS = pytest.mark.parametrize("seed", range(40))
SIGNS = 'a \n\t"\\é😀\u2028\x00\udcff'


def text(random: Random) -> str:
    return "".join(random.choices(SIGNS, k=random.randrange(6)))


def some_piece(random: Random) -> Piece:
    return text(random) if random.random() < 0.5 else Hole(text(random))


def some_task(random: Random) -> FillTask:
    pieces = [some_piece(random) for _ in range(random.randrange(5))]
    return FillTask(
        pieces=(*pieces, Hole(text(random))),
        language=text(random),
        path=text(random),
        instruction=random.choice([None, text(random)]),
        snippets=tuple(Snippet(text(random), text(random)) for _ in range(random.randrange(3))),
        precedents=tuple(some_precedent(random) for _ in range(random.randrange(3))),
        candidates=random.randint(1, 8),
        seed=random.choice([None, -1, 2**63]),
        max_tokens=random.choice([None, 7]),
        max_steps=random.choice([None, 7]),
        budget_seconds=random.choice([None, random.random() + 0.1]),
    )


def some_precedent(random: Random) -> Precedent:
    score, context = 2 * random.random(), 9 * random.random()
    return Precedent(text(random), score, text(random), random.randrange(9), context)


def some_hole(random: Random) -> HoleTokens:
    return tuple(TokenText(text(random), random.random(), random.random() < 0.5) for _ in range(random.randrange(4)))


def some_event(random: Random) -> Event:
    holes = tuple(some_hole(random) for _ in range(random.randrange(3)))
    stopped: StopReason = random.choice(["stable", "steps", "budget"])
    precedent = random.choice([None, some_precedent(random)])
    candidate = Candidate(holes, random.random(), -9 * random.random(), 8, stopped, precedent, random.random() < 0.5)
    events = (
        Progress(random.choice(["loading", "prefill", "denoising"]), 3, 9),
        Draft(random.randrange(48), 48, holes),
        Fill(
            (candidate, candidate),
            Timings(0.5, random.random(), 0.125, 2.0, 100, 64),
            text(random),
            random.random() < 0.5,
        ),
    )
    return random.choice(events)


@SEEDS
def test_a_task_comes_back_from_json_as_it_was(seed: int) -> None:
    task = some_task(Random(seed))
    assert task_from_plain(json.loads(json.dumps(task_to_plain(task), allow_nan=False))) == task


@SEEDS
def test_an_event_comes_back_from_json_as_it_was(seed: int) -> None:
    event = some_event(Random(seed))
    assert event_from_plain(json.loads(json.dumps(event_to_plain(event), allow_nan=False))) == event


def test_a_task_needs_only_its_protocol_and_its_pieces() -> None:
    assert task_from_plain({"protocol": PROTOCOL, "pieces": ["a", {"hole": ""}]}) == FillTask(("a", Hole()))


def test_a_whole_number_is_a_number_too() -> None:
    task = task_from_plain({"protocol": PROTOCOL, "pieces": [{"hole": ""}], "budget_seconds": 2})
    assert task.budget_seconds == 2.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"protocol": 7}, f"task.protocol must be {PROTOCOL}, not 7; use a client and an engine of one version"),
        ({"protocol": None}, "task.protocol must be a whole number, not None"),
        ({"piece": 1}, "task.piece is not known; task may have protocol, pieces, language, path, instruction, "),
        ({"pieces": "a"}, "task.pieces must be an array, not 'a'"),
        ({"pieces": ["a", 1]}, "task.pieces[1] must be an object, not 1"),
        ({"pieces": [{"hole": 1}]}, "task.pieces[0].hole must be a string, not 1"),
        ({"pieces": [{}]}, "task.pieces[0].hole is missing; give it"),
        ({"pieces": ["a"]}, "task: a fill task needs at least one hole; correct it"),
        ({"snippets": [{"path": "a"}]}, "task.snippets[0].text is missing; give it"),
        ({"precedents": [{"text": "a"}]}, "task.precedents[0].score is missing; give it"),
        ({"candidates": 0}, "task: candidates must be positive, not 0; correct it"),
        ({"candidates": True}, "task.candidates must be a whole number, not True"),
        ({"max_steps": 1.5}, "task.max_steps must be a whole number, not 1.5"),
        ({"budget_seconds": float("nan")}, "task.budget_seconds must be a number, not nan"),
        ({"path": "x" * 99, "language": ["x" * 99]}, f"task.language must be a string, not ['{'x' * 38}..."),
    ],
)
def test_a_wrong_task_is_an_error_that_names_the_key(changes: dict[str, Any], message: str) -> None:
    plain = task_to_plain(FillTask(("a", Hole()))) | changes
    with pytest.raises(InputError, match=f"^{re.escape(message)}"):
        task_from_plain(plain)


@pytest.mark.parametrize(
    ("plain", "message"),
    [
        ([], "event.type must be progress, draft or fill, not None"),
        ({"type": "end"}, "event.type must be progress, draft or fill, not 'end'"),
        ({"type": "progress", "stage": "x", "done": 1, "total": 1}, "progress.stage must be one of loading, prefill, "),
        ({"type": "progress", "stage": "prefill", "done": 1}, "progress.total is missing; give it"),
        ({"type": "draft", "step": 0, "max_steps": 1, "holes": [1]}, "draft.holes[0] must be an object, not 1"),
        (
            {
                "type": "draft",
                "step": 0,
                "max_steps": 1,
                "holes": [{"tokens": ["a"], "confidence": [], "is_settled": []}],
            },
            "draft.holes[0] must have tokens, confidence and is_settled of one length",
        ),
        (
            {
                "type": "draft",
                "step": 0,
                "max_steps": 1,
                "holes": [{"tokens": [], "confidence": [], "is_settled": [1]}],
            },
            "draft.holes[0].is_settled[0] must be true or false, not 1",
        ),
        (
            {"type": "fill", "candidates": [], "timings": {}, "model": "", "follows_instructions": False},
            "fill.candidates must be an array of at least one candidate, not []",
        ),
    ],
)
def test_a_wrong_event_is_an_error_that_names_the_key(plain: object, message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}"):
        event_from_plain(plain)
