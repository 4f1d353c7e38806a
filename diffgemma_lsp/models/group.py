"""Filling the holes that share one canvas: rows, growth, ranking, and a next block for what is longer."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import torch

from diffgemma_lsp.diffusion.backend import Backend
from diffgemma_lsp.diffusion.cache import PrefixCache
from diffgemma_lsp.diffusion.canvas import Canvas
from diffgemma_lsp.diffusion.denoise import CanvasDraft, Denoising, denoise
from diffgemma_lsp.diffusion.prefixes import prefill
from diffgemma_lsp.diffusion.score import log_likelihoods
from diffgemma_lsp.fill import Progress, StopReason
from diffgemma_lsp.models.layout import Layout
from diffgemma_lsp.models.reading import ENDED, NOTHING, HoleIds, read_hole
from diffgemma_lsp.models.rows import Row, SlotPlan

_PREFILL_CHUNK_TOKENS = 256
_FROM_BEST_TO_WORST: tuple[StopReason, ...] = ("stable", "steps", "budget")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer for all holes of a group; `score` is the log-likelihood of its rows in nats."""

    holes: tuple[HoleIds, ...]
    steps: int
    stopped: StopReason
    score: float = 0.0

    @property
    def confidence(self) -> float:
        """Geometric mean of the confidences of all tokens, 0 when there is none."""
        logs = [math.log(max(value, 1e-9)) for hole in self.holes for value in hole.confidence]
        return math.exp(sum(logs) / len(logs)) if logs else 0.0

    def continued(self, block: Answer) -> Answer:
        """Return this single hole followed by its next block."""
        return replace(join_answers([self, block]), holes=(self.holes[0].joined(block.holes[0]),))


def join_answers(answers: Sequence[Answer]) -> Answer:
    """Return one answer for all holes of several groups, in order."""
    return Answer(
        holes=tuple(hole for answer in answers for hole in answer.holes),
        steps=sum(answer.steps for answer in answers),
        stopped=max((answer.stopped for answer in answers), key=_FROM_BEST_TO_WORST.index),
        score=sum(answer.score for answer in answers),
    )


@dataclass(frozen=True, slots=True)
class GroupDraft:
    """What the leading row holds after a step."""

    step: int
    max_steps: int
    holes: tuple[HoleIds, ...]


GroupEvent = Progress | GroupDraft | tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """All that filling a group of holes needs. `closers` end a hole; `max_length` bounds a canvas in tokens."""

    backend: Backend
    cache: PrefixCache
    generator: torch.Generator
    how: Denoising
    plan: SlotPlan
    closers: frozenset[int]
    max_length: int

    def fill(self, layout: Layout, today: Sequence[int], candidates: int) -> Generator[GroupEvent, None, None]:
        """Yield progress and drafts, and at the end at most `candidates` different answers, best first.

        `today` gives the token count of what stands in each hole now. A single hole that is still open when the
        canvas is full goes on in a next block: what is finished joins the prompt, and a new canvas follows.
        """
        answers = yield from self._fill_canvas(layout, today, candidates, NOTHING)
        whole = block = answers[0]
        rest = layout
        while len(today) == 1 and self._goes_on(whole, block):
            rest = rest.after(block.holes[0].ids)
            shorter = replace(self, plan=replace(self.plan, limit=self.plan.limit - len(whole.holes[0].ids)))
            block = (yield from shorter._fill_canvas(rest, (0,), 1, whole.holes[0]))[0]
            whole = whole.continued(block)
        if rest is not layout:
            self.cache.rewind(len(layout.prompt))
            answers = self._ranked(layout, [whole, *answers[1:]])
        yield tuple(answers)

    def _goes_on(self, whole: Answer, block: Answer) -> bool:
        hole = block.holes[0]
        is_full = block.stopped != "budget" and not hole.is_closed and len(hole.ids) > 0
        return is_full and len(whole.holes[0].ids) < self.plan.limit

    def _fill_canvas(
        self, layout: Layout, today: Sequence[int], candidates: int, before: HoleIds
    ) -> Generator[GroupEvent, None, list[Answer]]:
        """Fill one canvas, the hole so far being `before`.

        1. Prefill the prompt, reusing what is cached.
        2. Denoise the rows together.
        3. Grow the rows that did not close a hole, and denoise those again, until none can grow.
        4. Rank what came out.
        """
        for done in prefill(self.backend, self.cache, layout.prompt, _PREFILL_CHUNK_TOKENS):
            yield Progress("prefill", done, len(layout.prompt))

        room = self.max_length - layout.given_length
        rows = self.plan.first_rows(today, candidates, room)
        answers: list[Answer] = []
        steps = 0
        while rows:
            draft = yield from self._denoise(layout, rows, steps, before)
            grown: list[Row] = []
            for index, row in enumerate(rows):
                holes = self._read(draft, index, layout, row)
                stopped = draft.stopped[index]
                assert stopped is not None
                larger = None if stopped == "budget" else self.plan.grown(row, holes, room)
                if larger is None:
                    answers.append(Answer(holes, steps + draft.steps[index], stopped))
                else:
                    grown.append(larger)
            steps += draft.step + 1
            rows = grown

        if before.ids and not self.closers:  # nothing in the canvas can say that the hole ended before this block
            answers.append(Answer((ENDED,), 0, "stable"))
        return self._ranked(layout, answers)[:candidates]

    def _denoise(
        self, layout: Layout, rows: Sequence[Row], steps: int, before: HoleIds
    ) -> Generator[GroupEvent, None, CanvasDraft]:
        canvas = Canvas.build([layout.row(row) for row in rows], self.backend.vocab_size, self.generator)
        loop = denoise(self.backend, self.cache, canvas, self.how, self.generator)
        for draft in loop:
            leader = _leading_row(draft, canvas)
            holes = self._read(draft, leader, layout, rows[leader])
            whole = (before.joined(holes[0]), *holes[1:])
            yield GroupDraft(steps + draft.step, steps + self.how.max_steps, whole)
        return draft

    def _read(self, draft: CanvasDraft, index: int, layout: Layout, row: Row) -> tuple[HoleIds, ...]:
        ids, confidence, accepted = (values[index].tolist() for values in (draft.ids, draft.confidence, draft.accepted))
        return tuple(
            read_hole(ids[columns], confidence[columns], accepted[columns], self.closers)
            for columns in layout.hole_columns(row)
        )

    def _ranked(self, layout: Layout, answers: Sequence[Answer]) -> list[Answer]:
        """Return the different ones of `answers`, the most likely first."""
        different = list({tuple(hole.ids for hole in answer.holes): answer for answer in answers}.values())
        if len(different) == 1:
            return different
        rows = [layout.text_row([hole.ids for hole in answer.holes]) for answer in different]
        scores = log_likelihoods(self.backend, self.cache, rows)
        scored = [replace(answer, score=score) for answer, score in zip(different, scores, strict=True)]
        return sorted(scored, key=lambda answer: answer.score, reverse=True)


def _leading_row(draft: CanvasDraft, canvas: Canvas) -> int:
    """Return the row whose free positions the model is most sure of, on average."""
    doubt = -(draft.confidence.clamp(min=1e-9).log() * canvas.free).sum(dim=-1) / canvas.free.sum(dim=-1)
    return int(doubt.argmin())
