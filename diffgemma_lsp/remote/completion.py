"""What a vLLM server answers: tokens by their ids, each with its log-probability."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from diffgemma_lsp.remote.request import CanvasRequest

_ID = "token_id:"


@dataclass(frozen=True, slots=True)
class Completion:
    """Tokens, and the model's probability of each, in [0, 1].

    `alternatives` are log-probabilities of the likeliest tokens of each position, by their ids, or empty.
    """

    ids: tuple[int, ...]
    confidence: tuple[float, ...]
    alternatives: tuple[Mapping[int, float], ...] = ()

    def honours(self, request: CanvasRequest) -> bool:
        """Say whether this is the canvas that was asked for; a server that knows no such requests ignores them.

        It may hold the model's own best token where one is given, which is nearly always the same, so half will do.
        """
        same = sum(self.ids[place] == request.canvas[place] for place in request.pinned if place < len(self.ids))
        return len(self.ids) == len(request.canvas) and 2 * same >= len(request.pinned)


def completion_from_json(value: object) -> Completion:
    """Return the first choice of a response. Raises ValueError where it is not one with tokens as ids."""
    try:
        scores = value["choices"][0]["logprobs"]  # type: ignore[index]
        ids = tuple(_id(token) for token in scores["tokens"])
        confidence = tuple(_probability(score) for score in scores["token_logprobs"])
        alternatives = tuple(_alternatives(each or {}) for each in scores.get("top_logprobs") or ())
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ValueError(f"it holds no tokens with log-probabilities ({error!r})") from error
    if len(ids) != len(confidence):
        raise ValueError(f"it holds {len(ids)} tokens and {len(confidence)} log-probabilities")
    return Completion(ids, confidence, alternatives)


def _alternatives(scores: Mapping[str, float]) -> dict[int, float]:
    return {_id(token): math.log(max(_probability(score), 1e-9)) for token, score in scores.items()}


def _id(token: str) -> int:
    if not token.startswith(_ID):
        raise ValueError(f"its token {token[:20]!r} is no id")
    return int(token.removeprefix(_ID))


def _probability(score: float | None) -> float:
    # A token that the server has no score for counts as one that the model is unsure of.
    if score is None:
        return 0.0
    if math.isnan(score):
        raise ValueError("a log-probability of it is no number")
    return math.exp(min(0.0, score))
