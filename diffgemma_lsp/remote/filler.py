"""A `Filler` over a vLLM server: tasks in, progress and fills out. No drafts: a server sends whole canvases."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import replace
from random import Random
from typing import Protocol

from diffgemma_lsp.errors import RemoteUnavailableError
from diffgemma_lsp.fill import Event, Fill, FillTask, Progress
from diffgemma_lsp.fill.stopwatch import Stopwatch
from diffgemma_lsp.prompts.layout import Layout
from diffgemma_lsp.prompts.profile import ModelProfile
from diffgemma_lsp.prompts.reading import HoleIds
from diffgemma_lsp.prompts.tokenizer import Tokenizer
from diffgemma_lsp.prompts.work import TaskText
from diffgemma_lsp.remote.answer import RemoteAnswer, join_groups
from diffgemma_lsp.remote.canvases import Ask, Canvases
from diffgemma_lsp.remote.completion import Completion
from diffgemma_lsp.remote.config import RemoteConfig
from diffgemma_lsp.remote.prompts import Prompts, without_canvas
from diffgemma_lsp.remote.request import CanvasRequest, PromptRequest
from diffgemma_lsp.remote.sending import cleared
from diffgemma_lsp.remote.server import Refusal, VllmServer
from diffgemma_lsp.remote.vocabulary import check_vocabulary
from diffgemma_lsp.remote.waiting import Outcome, run_together


class Way(Protocol):
    """A way to have a server fill holes, laid out under `profile`."""

    @property
    def profile(self) -> ModelProfile:
        """How the model is prompted."""
        ...

    @property
    def most_holes(self) -> int | None:
        """How many holes are filled together at most, None for as many as fit."""
        ...

    def fill(
        self, layout: Layout, today: Sequence[int], limit: int, candidates: int
    ) -> Generator[Progress, None, list[RemoteAnswer] | Refusal]:
        """Yield progress and return answers, best first, or the server's refusal."""
        ...


class RemoteFiller:
    """Fills tasks by way of the server of `config`; `tokenizer` and `profile` are those of its checkpoint.

    It reaches for the server with the first task, and again after it was lost. It may be used by one thread at a time.
    `clock` returns seconds and measures time budgets and timings.
    """

    def __init__(
        self,
        config: RemoteConfig,
        key: str,
        tokenizer: Tokenizer,
        profile: ModelProfile,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.name = config.model
        self.place = f"vLLM at {config.origin}"
        self.follows_instructions = profile.follows_instructions
        self._config = config
        self._tokenizer = tokenizer
        self._profile = profile
        self._clock = clock
        self._runner = asyncio.Runner()
        self._server = VllmServer(config, key)
        self._is_checked = False
        self._refusal: Refusal | None = None
        named = {tokenizer.id(token) for token in profile.tokens.banned}
        self._closers = frozenset(tokenizer.special_ids | named)

    @property
    def note(self) -> str:
        """What a user should know of the server, empty where there is nothing."""
        if self._refusal is None:
            return ""
        return (
            "the server takes no canvases, so it goes on from the text before a hole and knows what follows only from"
            f" the prompt ({self._refusal.message}); use vLLM 0.31 or later, and set limits.canvas_tokens to its canvas"
        )

    def close(self) -> None:
        """Hang up; the filler is of no use after that."""
        self._runner.run(self._server.close())
        self._runner.close()

    def fill(self, task: FillTask) -> Generator[Event, None, None]:
        """Yield how many requests of a group of holes are answered, then the fill.

        Raises NotSentError for a document that may not be sent, ModelError where the tokenizers differ, RemoteError
        and RemoteUnavailableError.
        """
        sent = cleared(task, self._config)
        try:
            yield from self._fill(sent, Stopwatch(self._clock, task.budget_seconds))
        except RemoteUnavailableError:
            # It may come back as another one.
            self._is_checked = False
            raise

    def _fill(self, sent: FillTask, watch: Stopwatch) -> Generator[Event, None, None]:
        if not self._is_checked:
            yield from self._check()
        groups: list[list[RemoteAnswer]] | Refusal | None = None
        if self._refusal is None:
            groups = yield from self._fill_by(self._canvases(sent, watch), sent, watch)
            self._refusal = groups if isinstance(groups, Refusal) else None
        if groups is None or isinstance(groups, Refusal):
            groups = yield from self._fill_by(self._prompts(watch), sent, watch)
        assert not isinstance(groups, Refusal), "a request without extensions has none to refuse"
        yield Fill(join_groups(groups, self._tokenizer), watch.timings(), self.name, self.follows_instructions)

    def _fill_by(
        self, way: Way, task: FillTask, watch: Stopwatch
    ) -> Generator[Progress, None, list[list[RemoteAnswer]] | Refusal]:
        """Fill groups of holes in order, each with the fills before it in its prefix."""
        text = TaskText(task, way.profile, self._tokenizer)
        groups: list[list[RemoteAnswer]] = []
        filled: list[HoleIds] = []
        most = usual = way.most_holes or len(task.holes)
        while len(filled) < len(task.holes):
            layout, today, _ = text.next_group(filled, most)
            watch.prompt(len(layout.prompt), 0)
            answers = yield from way.fill(layout, today, text.limit(today), task.candidates)
            watch.denoised()
            if isinstance(answers, Refusal):
                return answers
            closed = self._closed_holes(answers[0])
            most = 1 if closed < len(today) else usual
            if closed:
                groups.append([replace(answer, holes=answer.holes[:closed]) for answer in answers])
                filled += answers[0].holes[:closed]
        return groups

    def _closed_holes(self, best: RemoteAnswer) -> int:
        """Return how many holes stand before the first that found no room in a shared canvas; it is filled alone."""
        if len(best.holes) == 1 or self._profile.tokens.filler is None or best.stopped == "budget":
            return len(best.holes)
        return next((place for place, hole in enumerate(best.holes) if not hole.is_closed), len(best.holes))

    def _canvases(self, task: FillTask, watch: Stopwatch) -> Canvases:
        steps = task.max_steps or self._profile.sampling.steps
        noise = Random(task.seed)
        return Canvases(
            ask=self._asking(watch),
            profile=self._profile,
            closers=self._closers,
            vocabulary=self._tokenizer.size,
            noise=noise,
            steps=steps,
            is_out_of_time=watch.is_out_of_time,
        )

    def _prompts(self, watch: Stopwatch) -> Prompts:
        return Prompts(
            ask=self._asking(watch),
            profile=without_canvas(self._profile),
            closers=self._closers,
            tokenizer=self._tokenizer,
            is_out_of_time=watch.is_out_of_time,
        )

    def _asking(self, watch: Stopwatch) -> Ask:
        def ask(
            requests: Sequence[CanvasRequest | PromptRequest],
        ) -> Generator[Progress, None, list[Completion | Refusal | None]]:
            """Wait for all answers, or for the first one after the budget; what failed beside one does not matter."""
            found: list[Outcome[Completion | Refusal]] = []
            work = [self._server.complete(request) for request in requests]
            with closing(run_together(self._runner, work)) as outcomes:
                for found in outcomes:
                    yield Progress("denoising", sum(outcome is not None for outcome in found), len(found))
                    if watch.is_out_of_time() and any(_good(found)):
                        break
            good = _good(found)
            if not any(good):
                raise next(outcome for outcome in found if isinstance(outcome, BaseException))
            return good

        return ask

    def _check(self) -> Generator[Progress, None, None]:
        """Compare the server's model and tokenizer with ours, and shorten prompts to what it takes."""
        with closing(run_together(self._runner, [self._compare()])) as checking:
            for (outcome,) in checking:
                yield Progress("prefill", 0, 1)
                if isinstance(outcome, BaseException):
                    raise outcome
        self._is_checked = True

    async def _compare(self) -> None:
        longest = await self._server.longest_prompt()
        await check_vocabulary(self._server, self._config, self._tokenizer, self._profile)
        if longest is not None:
            self._profile = fitted(self._profile, longest)


def _good(found: Sequence[Outcome[Completion | Refusal]]) -> list[Completion | Refusal | None]:
    return [None if isinstance(outcome, BaseException) else outcome for outcome in found]


def fitted(profile: ModelProfile, longest: int) -> ModelProfile:
    """Return the profile for a server whose prompt and canvas have at most `longest` tokens together."""
    context = profile.context
    prompt = max(16, min(context.prompt_tokens, longest - profile.canvas.max_length))
    return replace(
        profile,
        context=replace(
            context,
            prompt_tokens=prompt,
            suffix_tokens=min(context.suffix_tokens, prompt // 2),
            snippet_tokens=min(context.snippet_tokens, prompt // 4),
        ),
    )
