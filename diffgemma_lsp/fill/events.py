"""What a filler answers with: progress, drafts after denoising steps, and one fill at the end."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from diffgemma_lsp.text.precedents import Precedent

Stage = Literal["loading", "prefill", "denoising"]
StopReason = Literal["stable", "steps", "budget"]


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` units of `stage` are behind us (parts of a load, prompt tokens, denoising steps)."""

    stage: Stage
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class TokenText:
    """One token of a hole as text.

    `confidence` is in [0, 1]: in a draft the model's probability of this token, in a fill what its filler makes of
    that, such as how likely the hole is right up to it. `is_settled` says that the sampler accepted it at this step; an
    unsettled token is the model's best guess and will be renoised.
    """

    text: str
    confidence: float
    is_settled: bool = True


HoleTokens = tuple[TokenText, ...]


def join_tokens(tokens: HoleTokens) -> str:
    """Return the text of a hole's tokens."""
    return "".join(token.text for token in tokens)


def mean_confidence(holes: Iterable[HoleTokens]) -> float:
    """Return the geometric mean of the confidences of all tokens, 0 where there is none."""
    # A confidence that was rounded to 0 must not decide alone.
    logs = [math.log(max(token.confidence, 1e-9)) for tokens in holes for token in tokens]
    return math.exp(math.fsum(logs) / len(logs)) if logs else 0.0


@dataclass(frozen=True, slots=True)
class Draft:
    """The holes of the leading candidate after denoising step `step` (counted up from 0) of at most `max_steps`.

    Fillers and end tokens are left out, so a hole's text may be shorter than its slots.
    """

    step: int
    max_steps: int
    holes: tuple[HoleTokens, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """One text per hole."""
        return tuple(join_tokens(tokens) for tokens in self.holes)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer: the tokens of each hole in document order.

    `confidence` is the geometric mean of the token confidences, in [0, 1]; `score` compares the candidates of one fill
    (higher is better, in nats, comparable within that fill only), though code that parses may come before other code
    of a higher one. `precedent` is the one that it started from, None where the model made it by itself.
    `is_left_to_right` says that it was not denoised but written token by token, each counted as a step.
    """

    holes: tuple[HoleTokens, ...]
    confidence: float
    score: float
    steps: int
    stopped: StopReason
    precedent: Precedent | None = None
    is_left_to_right: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """One text per hole."""
        return tuple(join_tokens(tokens) for tokens in self.holes)

    @property
    def changed(self) -> float:
        """Share of the characters by which it differs from its precedent, from 0 to 1; 1 where it has none."""
        if self.precedent is None:
            return 1.0
        there, here = self.precedent.text.strip(), "".join(self.texts).strip()
        return 1.0 - SequenceMatcher(None, there, here, autojunk=False).ratio()


@dataclass(frozen=True, slots=True)
class Timings:
    """Where the time of one fill went, in seconds, and how much of the prompt was already in the cache."""

    prefill_seconds: float
    denoising_seconds: float
    first_draft_seconds: float
    total_seconds: float
    prompt_tokens: int
    cached_tokens: int


@dataclass(frozen=True, slots=True)
class Fill:
    """The result of a task: candidates, best first (at least one), and what it cost.

    `model` names the checkpoint; `follows_instructions` says whether an instruction could have had an effect.
    """

    candidates: tuple[Candidate, ...]
    timings: Timings
    model: str
    follows_instructions: bool = False


Event = Progress | Draft | Fill
