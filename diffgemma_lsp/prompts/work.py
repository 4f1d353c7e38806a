"""The text of a task, group by group: which holes share a canvas, and how they are laid out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from diffgemma_lsp.fill import FillTask, Hole
from diffgemma_lsp.prompts.layout import MOST_CHARACTERS_PER_TOKEN, Layout, lay_out
from diffgemma_lsp.prompts.profile import ModelProfile
from diffgemma_lsp.prompts.prompt import Prompt
from diffgemma_lsp.prompts.reading import HoleIds
from diffgemma_lsp.prompts.rows import SlotPlan
from diffgemma_lsp.prompts.surroundings import Surroundings
from diffgemma_lsp.prompts.tokenizer import Tokenizer


class HoleGroup(NamedTuple):
    """Holes that share a canvas: their layout, how many tokens stand in each now, and the document around them.

    `surroundings` is None where holes of the task come after them: what is not there yet cannot parse.
    """

    layout: Layout
    today: tuple[int, ...]
    surroundings: Surroundings | None


class TaskText:
    """A task as texts around holes: one text more than there are holes."""

    def __init__(self, task: FillTask, profile: ModelProfile, tokenizer: Tokenizer) -> None:
        self._task = task
        self._profile = profile
        self._tokenizer = tokenizer
        self._texts = [""]
        for piece in task.pieces:
            if isinstance(piece, Hole):
                self._texts.append("")
            else:
                self._texts[-1] += piece
        self._today = [len(tokenizer.encode(hole.text)) for hole in task.holes]

    def limit(self, today: Sequence[int]) -> int:
        """Return the most slots that a hole may get: what the task allows, else a usual hole or twice what is there."""
        return self._task.max_tokens or max(self._profile.canvas.buckets[-1], 2 * max(today))

    def next_group(self, filled: Sequence[HoleIds], most: int) -> HoleGroup:
        """Return the next holes, at most `most`.

        `filled` are the holes before them. Holes after them are left out of the suffix.
        """
        first = len(filled)
        count = self._joint_count(first, most)
        decode = self._tokenizer.decode
        prefix = "".join(text + decode(hole.ids) for text, hole in zip(self._texts, filled, strict=False))
        texts = [
            prefix + self._texts[first],
            *self._texts[first + 1 : first + count],
            "".join(self._texts[first + count :]),
        ]
        today = tuple(self._today[first : first + count])
        prompt = Prompt(
            path=self._task.path,
            language=self._task.language,
            instruction=self._task.instruction,
            today=tuple(hole.text for hole in self._task.holes[first : first + count]),
            snippets=self._task.snippets,
        )
        is_last = first + count == len(self._task.holes)
        return HoleGroup(
            lay_out(texts, prompt, self._profile, self._tokenizer),
            today,
            Surroundings(texts, self._task.language, self._tokenizer) if is_last else None,
        )

    def _joint_count(self, first: int, most: int) -> int:
        """Return how many holes from `first` on fit one canvas together."""
        canvas = self._profile.canvas
        room = canvas.max_length - canvas.prefix_tail_tokens - canvas.suffix_head_tokens
        plan = SlotPlan(self._profile, self.limit(self._today))
        taken = 0
        count = 0
        for today, following in zip(self._today[first:], self._texts[first + 1 :], strict=True):
            taken += plan.first_counts([today])[0]
            if count == most or (count and taken > room):
                break
            count += 1
            if len(following) > canvas.max_length * MOST_CHARACTERS_PER_TOKEN:
                break
            taken += len(self._tokenizer.encode(following))
        return count
