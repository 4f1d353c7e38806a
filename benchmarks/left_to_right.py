"""Left-to-right infilling with the same weights: the causal encoder writes the middle token by token, greedily."""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from typing import Any

import torch

from diffgemma_lsp.diffusion.cache import PrefixCache
from diffgemma_lsp.fill import Candidate, Draft, Event, Fill, FillTask, Hole, Timings, TokenText
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.profile import ModelProfile
from diffgemma_lsp.models.tokenizer import Tokenizer

_MOST_TOKENS = 64
_MOST_CHARACTERS = 4096


class LeftToRightFiller:
    """A `Filler` for one hole: suffix, prefix, then the middle up to an end token, as the starter was also trained."""

    follows_instructions = False

    def __init__(self, model: Any, tokenizer: Tokenizer, profile: ModelProfile, name: str) -> None:
        self.name = f"{name}, left to right"
        self._backend = TransformersBackend(model)
        self._tokenizer = tokenizer
        self._profile = profile
        self._end = tokenizer.id(profile.tokens.end[0])

    def fill(self, task: FillTask) -> Generator[Event, None, None]:
        start = time.perf_counter()
        cache = self._backend.new_cache()
        prompt = self._prompt(task)
        self._backend.prefill(prompt[:-1], cache)
        prefilled = time.perf_counter()
        ids: list[int] = []
        confidences: list[float] = []
        first = 0.0
        for step in range(task.max_tokens or _MOST_TOKENS):
            token, confidence = self._next(prompt[-1] if not ids else ids[-1], cache)
            if token == self._end:
                break
            ids.append(token)
            confidences.append(confidence)
            first = first or time.perf_counter() - start
            yield Draft(step, _MOST_TOKENS, (self._texts(ids, confidences),))
        end = time.perf_counter()
        sure = math.exp(sum(map(math.log, confidences)) / len(ids)) if ids else 0.0
        candidate = Candidate((self._texts(ids, confidences),), sure, 0.0, len(ids), "stable")
        timings = Timings(prefilled - start, end - prefilled, first, end - start, len(prompt), 0)
        yield Fill((candidate,), timings, self.name)

    def _prompt(self, task: FillTask) -> list[int]:
        place = next(index for index, piece in enumerate(task.pieces) if isinstance(piece, Hole))
        prefix, suffix = (
            "".join(piece for piece in pieces if isinstance(piece, str))
            for pieces in (task.pieces[:place], task.pieces[place:])
        )
        tokens = self._profile.tokens
        assert tokens.suffix is not None
        assert tokens.prefix is not None
        budget = self._profile.context
        far = self._tokenizer.encode(suffix[:_MOST_CHARACTERS])[: budget.suffix_tokens]
        near = self._tokenizer.encode(prefix[-_MOST_CHARACTERS:])[-(budget.prompt_tokens - len(far) - 3) :]
        head = map(self._tokenizer.id, (tokens.bos, tokens.suffix, tokens.prefix))
        bos, suffix_mark, prefix_mark = head
        return [bos, suffix_mark, *far, prefix_mark, *near]

    def _next(self, last: int, cache: PrefixCache) -> tuple[int, float]:
        logits = self._backend.next_token_logits(last, cache)
        probabilities = logits.softmax(dim=-1)
        allowed = probabilities.clone()
        allowed[sorted(self._tokenizer.special_ids - {self._end})] = 0.0
        token = int(torch.argmax(allowed))
        return token, float(probabilities[token])

    def _texts(self, ids: list[int], confidences: list[float]) -> tuple[TokenText, ...]:
        return tuple(map(TokenText, self._tokenizer.token_texts(ids), confidences))
