"""Answers of a server."""

from __future__ import annotations

from typing import Any

import pytest

from diffgemma_lsp.remote.completion import Completion, completion_from_json
from diffgemma_lsp.remote.request import CanvasRequest


def response(tokens: Any, scores: Any) -> dict[str, Any]:
    return {"choices": [{"logprobs": {"tokens": tokens, "token_logprobs": scores}}]}


def test_tokens_come_by_their_ids_and_with_probabilities() -> None:
    completion = completion_from_json(response(["token_id:7", "token_id:12", "token_id:0"], [0.0, -9999.0, None]))
    assert completion == Completion((7, 12, 0), (1.0, 0.0, 0.0))


def test_alternatives_come_by_their_ids_where_they_are_told() -> None:
    told = response(["token_id:7", "token_id:1"], [-0.5, -1.0])
    told["choices"][0]["logprobs"]["top_logprobs"] = [{"token_id:7": -0.5, "token_id:3": -2.0}, None]
    first, second = completion_from_json(told).alternatives
    assert first == pytest.approx({7: -0.5, 3: -2.0})
    assert second == {}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ([], "it holds no tokens with log-probabilities"),
        ({"choices": []}, "it holds no tokens with log-probabilities"),
        ({"choices": [{"logprobs": None}]}, "it holds no tokens with log-probabilities"),
        (response(["token_id:7"], ["x"]), "it holds no tokens with log-probabilities"),
        (response(["token_id:7"], []), "it holds 1 tokens and 0 log-probabilities"),
        (response(["pass"], [0.0]), "its token 'pass' is no id"),
        (response(["token_id:x"], [0.0]), "invalid literal"),
        (response(["token_id:7"], [float("nan")]), "a log-probability of it is no number"),
    ],
)
def test_what_is_no_completion_is_refused(value: object, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        completion_from_json(value)


@pytest.mark.parametrize(
    ("ids", "honours"),
    [
        ((1, 2, 8, 9, 3, 4), True),
        ((1, 0, 8, 9, 3, 4), True),
        ((1, 2, 8, 9, 0, 0), True),
        ((0, 0, 8, 9, 0, 4), False),
        ((1, 2, 8, 9, 3), False),
        ((), False),
    ],
)
def test_a_canvas_is_known_by_most_of_what_was_given(ids: tuple[int, ...], honours: bool) -> None:
    request = CanvasRequest((5,), canvas=(1, 2, 0, 0, 3, 4), pinned=(0, 1, 4, 5), steps=12)
    assert Completion(ids, (1.0,) * len(ids)).honours(request) is honours
