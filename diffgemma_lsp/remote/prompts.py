"""Holes filled by a server that takes no canvases: the model goes on from the prefix, having read the suffix before."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace

from diffgemma_lsp.fill import Progress, StopReason
from diffgemma_lsp.prompts.layout import Layout
from diffgemma_lsp.prompts.profile import ModelProfile
from diffgemma_lsp.prompts.reading import HoleIds, read_hole
from diffgemma_lsp.prompts.tokenizer import Tokenizer
from diffgemma_lsp.remote.answer import RemoteAnswer, best_first
from diffgemma_lsp.remote.canvases import Ask
from diffgemma_lsp.remote.completion import Completion
from diffgemma_lsp.remote.request import PromptRequest
from diffgemma_lsp.remote.server import Refusal

_CLOSING_FENCE = re.compile(r"^`{3,}[ \t]*$", re.MULTILINE)


def without_canvas(profile: ModelProfile) -> ModelProfile:
    """Return the profile under which a layout puts everything into the prompt."""
    return replace(profile, canvas=replace(profile.canvas, prefix_tail_tokens=0, suffix_head_tokens=0))


@dataclass(frozen=True, slots=True)
class Prompts:
    """Fills one hole after the other. What it repeats of the suffix is cut later, as in any fill."""

    ask: Ask
    profile: ModelProfile
    closers: frozenset[int]
    tokenizer: Tokenizer
    is_out_of_time: Callable[[], bool]

    @property
    def most_holes(self) -> int:
        """How many holes may be filled together."""
        return 1

    def fill(
        self,
        layout: Layout,
        today: Sequence[int],  # noqa: ARG002
        limit: int,
        candidates: int,
    ) -> Generator[Progress, None, list[RemoteAnswer] | Refusal]:
        """Yield progress and return at most `candidates` different answers of at most `limit` tokens, best first."""
        completions = yield from self.ask([PromptRequest(layout.prompt, limit)] * candidates)
        stopped: StopReason = "budget" if self.is_out_of_time() else "steps"
        answers = []
        for completion in completions:
            if isinstance(completion, Refusal):
                return completion
            if completion is not None:
                hole = self._read(completion, limit)
                answers.append(RemoteAnswer((hole,), self.profile.sampling.steps, stopped))
        return best_first(answers, candidates)

    def _read(self, completion: Completion, limit: int) -> HoleIds:
        ids, confidence = completion.ids[:limit], completion.confidence[:limit]
        hole = read_hole(ids, confidence, (True,) * len(ids), self.closers)
        if self.profile.prompt == "chat":
            end = _before_fence(self.tokenizer.token_texts(hole.ids))
            hole = HoleIds(hole.ids[:end], hole.confidence[:end], hole.settled[:end], hole.is_closed)
        return hole


def _before_fence(tokens: Sequence[str]) -> int:
    """Return how many tokens stand before the fence that ends the answer of a chat, all of them where there is none."""
    fence = _CLOSING_FENCE.search("".join(tokens))
    if fence is None:
        return len(tokens)
    length = 0
    for count, token in enumerate(tokens):
        length += len(token)
        if length > fence.start():
            return count
    return len(tokens)
