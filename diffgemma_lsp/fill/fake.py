"""A filler without a model: for tests, for editor clients, and for a look at how a canvas settles."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from random import Random

from diffgemma_lsp.fill.events import (
    Candidate,
    Draft,
    Event,
    Fill,
    HoleTokens,
    Progress,
    StopReason,
    Timings,
    TokenText,
    mean_confidence,
)
from diffgemma_lsp.fill.fake_answers import Answers, answers_for, split_tokens
from diffgemma_lsp.fill.task import FillTask

_NOISE = (" x", "(", ")", " =", " self", ".", " if", " return", " not", ":", " 1", "[")


@dataclass(frozen=True, slots=True)
class FakeFiller:
    """Answers from a script, in as many denoising steps and as slowly as it is told.

    `answers_for` says how `answers` are read. Each step settles another equal part of a hole's tokens, from left to
    right; the others show noise. `delay_seconds` pass before each step. With `precedents`, those of a task come before
    the answers. `clock` returns seconds, `sleep` waits for some.
    """

    answers: Answers | None = None
    steps: int = 4
    delay_seconds: float = 0.0
    name: str = "fake"
    follows_instructions: bool = False
    precedents: bool = False
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def fill(self, task: FillTask) -> Generator[Event, None, None]:
        """Yield the prefill's progress, a draft per step and the fill.

        It ends early after `task.max_steps`, or once `task.budget_seconds` have passed. The fill then holds the whole
        answers all the same, and what had not settled has a low confidence.
        """
        start = self.clock()
        prompt_tokens = sum(len(split_tokens(piece)) for piece in task.pieces if isinstance(piece, str))
        uses_them = self.precedents and len(task.holes) == 1
        copied = task.precedents[: task.candidates] if uses_them else ()
        texts = [[precedent.text] for precedent in copied]
        texts += [answers_for(task, self.answers, number) for number in range(task.candidates - len(copied))]
        ranked = [[split_tokens(text)[: task.max_tokens] for text in holes] for holes in texts]
        yield Progress("prefill", prompt_tokens, prompt_tokens)

        prefilled = drafted = self.clock()
        max_steps = min(self.steps, task.max_steps or self.steps)
        stopped: StopReason = "stable" if max_steps == self.steps else "steps"
        noise = Random(task.seed)
        steps = 0
        while steps < max_steps:
            self.sleep(self.delay_seconds)
            steps += 1
            holes = tuple(_settle(tokens, steps / self.steps, noise) for tokens in ranked[0])
            yield Draft(steps - 1, max_steps, holes)
            drafted = self.clock() if steps == 1 else drafted
            if _is_spent(task.budget_seconds, self.clock() - start) and steps < max_steps:
                stopped = "budget"
                break

        end = self.clock()
        timings = Timings(
            prefill_seconds=prefilled - start,
            denoising_seconds=end - prefilled,
            first_draft_seconds=drafted - start,
            total_seconds=end - start,
            prompt_tokens=prompt_tokens,
            cached_tokens=0,
        )
        candidates = [
            replace(
                _candidate(holes, rank, steps, steps / self.steps, stopped),
                precedent=copied[rank] if rank < len(copied) else None,
            )
            for rank, holes in enumerate(ranked)
        ]
        yield Fill(tuple(candidates), timings, self.name, self.follows_instructions)


def _is_spent(budget_seconds: float | None, seconds: float) -> bool:
    return budget_seconds is not None and seconds >= budget_seconds


def _settle(tokens: list[str], share: float, noise: Random) -> HoleTokens:
    """Return a draft of a hole: `share` of its tokens have settled, noise stands in for the others."""
    drafted = _tokens(tokens, share)
    return tuple(token if token.is_settled else replace(token, text=noise.choice(_NOISE)) for token in drafted)


def _tokens(texts: list[str], share: float, trust: float = 1.0) -> HoleTokens:
    settled = math.ceil(share * len(texts))
    return tuple(
        TokenText(text, trust * (0.5 + 0.49 * share if place < settled else 0.4 * share), place < settled)
        for place, text in enumerate(texts)
    )


def _candidate(texts: list[list[str]], rank: int, steps: int, share: float, stopped: StopReason) -> Candidate:
    """Return the candidate of a rank; each rank is a little less sure than the one before."""
    holes = tuple(_tokens(hole, share, 0.9**rank) for hole in texts)
    return Candidate(holes, mean_confidence(holes), 0.0 - rank, steps, stopped)
