"""Left-to-right infilling with the same weights: the causal encoder writes the middle token by token, greedily.

What denoising is compared with: how much is due to the weights, and how much to the direction.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from typing import Any

import torch

from diffgemma_lsp.diffusion.cache import Branches
from diffgemma_lsp.diffusion.prefixes import prefill
from diffgemma_lsp.fill import Candidate, Draft, Event, Fill, FillTask, Hole, Timings, TokenText
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.loading import LoadedModel
from diffgemma_lsp.prompts.profile import ModelProfile
from diffgemma_lsp.prompts.tokenizer import Tokenizer

_MOST_TOKENS = 64
_MOST_CHARACTERS = 4096
_ANCHOR_CHARACTERS = 12
"""As many characters of the suffix, written again, end a middle that was written without knowing of it."""


def left_to_right_fillers(loaded: LoadedModel) -> tuple[LeftToRightFiller, ...]:
    """Return the fillers that a checkpoint's training allows: with the suffix in the prompt, and with the prefix alone.

    A checkpoint that is prompted by chat has none: its document is a turn, not the whole text.
    """
    profile = loaded.profile
    if profile.prompt != "raw":
        return ()
    ways = (True, False) if profile.tokens.suffix is not None else (False,)
    return tuple(LeftToRightFiller(loaded.model, loaded.tokenizer, profile, loaded.name, way) for way in ways)


class LeftToRightFiller:
    """A `Filler` for one hole.

    With `sees_suffix` the prompt is the suffix, then the prefix, and an end token ends the middle, as the starter was
    also trained. Without, it is the prefix alone; the middle ends where the suffix is written again, or with its first
    line where it never is.
    """

    follows_instructions = False

    def __init__(
        self, model: Any, tokenizer: Tokenizer, profile: ModelProfile, name: str, sees_suffix: bool = True
    ) -> None:
        self.name = f"{name}, left to right" if sees_suffix else f"{name}, prefix only"
        self._backend = TransformersBackend(model)
        self._tokenizer = tokenizer
        self._profile = profile
        self._sees_suffix = sees_suffix
        self._end = tokenizer.id(profile.tokens.end[0])

    def fill(self, task: FillTask) -> Generator[Event, None, None]:
        """Yield a draft after each token, then the fill."""
        start = time.perf_counter()
        cache = self._backend.new_cache()
        prefix, suffix = _around(task)
        prompt = self._prompt(prefix, suffix)
        for _ in prefill(self._backend, cache, prompt, len(prompt)):
            pass
        branches = cache.branches(cache.length - 1)
        prefilled = time.perf_counter()
        written: list[TokenText] = []
        first = 0.0
        last = prompt[-1]
        for step in range(task.max_tokens or _MOST_TOKENS):
            last, confidence = self._next(last, branches)
            if last == self._end:
                break
            written.append(TokenText(self._tokenizer.token_texts([last])[0], confidence))
            first = first or time.perf_counter() - start
            yield Draft(step, _MOST_TOKENS, (tuple(written),))
            if not self._sees_suffix and _restart(written, suffix) is not None:
                break
        tokens = tuple(written if self._sees_suffix else up_to_suffix(written, suffix))
        end = time.perf_counter()
        sure = math.exp(sum(math.log(token.confidence) for token in tokens) / len(tokens)) if tokens else 0.0
        candidate = Candidate((tokens,), sure, 0.0, len(written), "stable")
        timings = Timings(prefilled - start, end - prefilled, first, end - start, len(prompt), 0)
        yield Fill((candidate,), timings, self.name)

    def _prompt(self, prefix: str, suffix: str) -> list[int]:
        tokens, budget = self._profile.tokens, self._profile.context
        opening = [self._tokenizer.id(tokens.bos)]
        if self._sees_suffix:
            assert tokens.suffix is not None
            assert tokens.prefix is not None
            far = self._tokenizer.encode(suffix[:_MOST_CHARACTERS])[: budget.suffix_tokens]
            opening += [self._tokenizer.id(tokens.suffix), *far, self._tokenizer.id(tokens.prefix)]
        near = self._tokenizer.encode(prefix[-_MOST_CHARACTERS:])
        return opening + near[len(opening) - budget.prompt_tokens :]

    def _next(self, last: int, branches: Branches) -> tuple[int, float]:
        ids = torch.tensor([[last]], device=self._backend.device)
        probabilities = self._backend.next_log_probabilities(ids, branches)[0].exp()
        allowed = probabilities.clone()
        allowed[sorted(self._tokenizer.special_ids - {self._end})] = 0.0
        token = int(torch.argmax(allowed))
        return token, float(probabilities[token])


def _around(task: FillTask) -> tuple[str, str]:
    """Return the text before and after the first hole."""
    place = next(index for index, piece in enumerate(task.pieces) if isinstance(piece, Hole))
    before, after = task.pieces[:place], task.pieces[place:]
    prefix, suffix = ("".join(piece for piece in part if isinstance(piece, str)) for part in (before, after))
    return prefix, suffix


def _restart(written: list[TokenText], suffix: str) -> int | None:
    """Return the offset at which the suffix begins in what was written, None where it does not."""
    anchor = suffix[:_ANCHOR_CHARACTERS]
    found = "".join(token.text for token in written).find(anchor) if anchor.strip() else -1
    return None if found < 0 else found


def up_to_suffix(written: list[TokenText], suffix: str) -> list[TokenText]:
    """Return the tokens up to where the suffix is written again, or of the first line with text."""
    text = "".join(token.text for token in written)
    end = _restart(written, suffix)
    if end is None:
        margin = len(text) - len(text.lstrip())
        line_end = text.find("\n", margin)
        end = len(text) if line_end < 0 else line_end
    kept: list[TokenText] = []
    for token in written:
        room = end - sum(len(before.text) for before in kept)
        if room <= 0:
            break
        kept.append(TokenText(token.text[:room], token.confidence))
    return kept
