"""Filling the holes that share one canvas: rows, growth, ranking, and a next block for what is longer."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple

import torch

from diffgemma_lsp.diffusion.backend import Backend
from diffgemma_lsp.diffusion.cache import PrefixCache
from diffgemma_lsp.diffusion.canvas import Canvas
from diffgemma_lsp.diffusion.denoise import CanvasDraft, Denoising, denoise
from diffgemma_lsp.diffusion.prefixes import prefill
from diffgemma_lsp.diffusion.score import log_likelihoods
from diffgemma_lsp.fill import Progress
from diffgemma_lsp.infilling.answer import Answer
from diffgemma_lsp.infilling.judge import Judge, likelihood_of
from diffgemma_lsp.infilling.ngrams import NO_NGRAMS, NgramCache
from diffgemma_lsp.infilling.starts import Start, looked_at
from diffgemma_lsp.infilling.written import MOST_TOKENS, LineWriter
from diffgemma_lsp.prompts.calibration import Origin
from diffgemma_lsp.prompts.layout import Layout
from diffgemma_lsp.prompts.reading import ENDED, NOTHING, HoleIds, read_hole
from diffgemma_lsp.prompts.rows import Row, SlotPlan
from diffgemma_lsp.prompts.surroundings import Surroundings
from diffgemma_lsp.prompts.tokenizer import Tokenizer

_PREFILL_CHUNK_TOKENS = 256


@dataclass(frozen=True, slots=True)
class GroupDraft:
    """What the leading row holds after a step."""

    step: int
    max_steps: int
    holes: tuple[HoleIds, ...]


class Beginning(NamedTuple):
    """A row to denoise, and the start that it begins with, None where that is noise."""

    row: Row
    start: Start | None = None


GroupEvent = Progress | GroupDraft | tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """All that filling a group of holes needs. `closers` end a hole; `max_length` bounds a canvas in tokens.

    `writer` writes lines that compete for a single hole, and is None for a checkpoint that does without them.
    `surroundings` is the document around the holes, None where it cannot parse anyway. `judge` ranks the answers for a
    single hole, and is None for several, and for a checkpoint without a calibration. `ngrams` are those of the
    document, where they are to count beside what the encoder says.
    """

    backend: Backend
    cache: PrefixCache
    generator: torch.Generator
    how: Denoising
    plan: SlotPlan
    closers: frozenset[int]
    max_length: int
    tokenizer: Tokenizer
    writer: LineWriter | None = None
    surroundings: Surroundings | None = None
    judge: Judge | None = None
    ngrams: NgramCache = NO_NGRAMS

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
            plan = replace(self.plan, limit=self.plan.limit - len(whole.holes[0].ids))
            shorter = replace(self, plan=plan, surroundings=None, judge=None)
            block = (yield from shorter._fill_canvas(rest, (0,), 1, whole.holes[0]))[0]
            whole = whole.continued(block)
        if rest is not layout:
            self.cache.rewind(len(layout.prompt))
            answers = self._ranked(layout, [whole], answers[1:])
        yield tuple(answers)

    def _goes_on(self, whole: Answer, block: Answer) -> bool:
        hole = block.holes[0]
        is_full = block.stopped != "budget" and not (hole.is_closed or hole.is_stuck) and len(hole.ids) > 0
        return is_full and len(whole.holes[0].ids) < self.plan.limit

    def _fill_canvas(
        self, layout: Layout, today: Sequence[int], candidates: int, before: HoleIds
    ) -> Generator[GroupEvent, None, list[Answer]]:
        """Fill one canvas, the hole so far being `before`.

        1. Prefill the prompt, reusing what is cached.
        2. Rank what is there at once: precedents, and lines that the encoder writes. One that is surely right is the
           answer; doubtful precedents become rows.
        3. Denoise the rows, and grow those that did not close a hole.
        4. Rank what came out, too.
        5. Where the best is no precedent and the document does not parse with it, denoise once more from the error on,
           and rank again.
        """
        for done in prefill(self.backend, self.cache, layout.prompt, _PREFILL_CHUNK_TOKENS):
            yield Progress("prefill", done, len(layout.prompt))

        room = self.max_length - layout.given_length
        rows = [Beginning(row) for row in self.plan.first_rows(today, candidates, room)]
        written, steps = yield from self._written(layout, before)
        ranked = self._ranked(layout, [*written, *self._precedents(layout, room)])
        if ranked:
            yield GroupDraft(steps, steps + 1 + self.how.max_steps, ranked[0].holes)
            steps += 1
            if self.how.out_of_time() or (candidates == 1 and self._is_sure(ranked[0])):
                return ranked[:candidates]
            rows += self._revised(ranked)
        answers, steps = yield from self._denoised(layout, rows, steps, before)
        if before.ids and not self.closers:  # nothing in the canvas can say that the hole ended before this block
            answers.append(Answer((ENDED,), 0, "stable"))
        ranked = self._ranked(layout, answers, ranked)

        if rows := self._repaired(ranked[0], room):
            answers, _ = yield from self._denoised(layout, rows, steps, before)
            ranked = self._ranked(layout, answers, ranked)
        return ranked[:candidates]

    def _precedents(self, layout: Layout, room: int) -> list[Answer]:
        """Return precedents for which there is room as answers; the decoder sees them where some can be revised."""
        if self.judge is None:
            return []
        starts = [start for start in self.judge.starts if len(start.slots) <= min(room, self.plan.limit)]
        steps = 0
        if starts and self.judge.calibration.rows:
            starts = looked_at(self.backend, self.cache, layout, starts, self.how.bias, self.generator)
            steps = 1
        return [Answer((start.hole,), steps, "stable", start=start, origin=start.origin) for start in starts]

    def _written(self, layout: Layout, before: HoleIds) -> Generator[GroupEvent, None, tuple[list[Answer], int]]:
        """Return what the encoder writes into a single hole that begins in this canvas, and the steps that took."""
        if self.writer is None or layout.between or before.ids or self.how.out_of_time():
            return [], 0
        most = min(self.plan.limit, MOST_TOKENS)
        search = self.writer.search(self.cache, layout.tail, self.ngrams)
        steps, shown = 0, ""
        most_steps = most + self.plan.limit + 1 + self.how.max_steps
        suffix = self.tokenizer.decode(layout.suffix)
        for line in chain(search.drafts(most), self.writer.longer(search, suffix, self.plan.limit)):
            if line.text.strip() and line.text != shown:
                yield GroupDraft(steps, most_steps, (self.writer.draft(line),))
            steps, shown = steps + 1, line.text
            if self.how.out_of_time():
                break
        holes = self.writer.holes(search.lines, layout, self.plan.limit)
        return [Answer((hole,), len(hole.ids), "stable", origin="written") for hole in holes], steps

    def _is_sure(self, best: Answer) -> bool:
        return self.judge is not None and self.judge.is_sure(best)

    def _revised(self, known: Sequence[Answer]) -> list[Beginning]:
        """Return rows that begin with what the model does not doubt of the best precedents of lines."""
        if self.judge is None:
            return []
        calibration = self.judge.calibration
        rows: list[Beginning] = []
        for answer in [each for each in known if each.origin == "copied"][: calibration.rows]:
            assert answer.start is not None
            slots = answer.start.doubted(calibration.doubt_of(answer.start.precedent.score))
            if slots is not None:
                rows.append(Beginning((slots,), answer.start))
        return rows

    def _repaired(self, best: Answer, room: int) -> list[Beginning]:
        """Return rows that begin with what stands in the best answer before its first error; none if it has none."""
        is_over = best.stopped == "budget" or not all(hole.is_closed for hole in best.holes)
        if best.error is None or best.start is not None or is_over or self.how.out_of_time():
            return []
        row = self.plan.repaired(best.holes, best.error, room)
        return [] if row is None else [Beginning(row)] * self.plan.profile.sampling.repairs

    def _denoised(
        self, layout: Layout, rows: Sequence[Beginning], steps: int, before: HoleIds
    ) -> Generator[GroupEvent, None, tuple[list[Answer], int]]:
        """Return what becomes of rows after `steps` steps, and the steps until then.

        Those that did not close a hole grow, and are denoised again, until none can grow. One that repeats a token over
        and over is left as it is.
        """
        room = self.max_length - layout.given_length
        answers: list[Answer] = []
        while rows:
            draft = yield from self._denoise(layout, rows, steps, before)
            grown: list[Beginning] = []
            for index, (row, start) in enumerate(rows):
                holes = self._read(draft, index, layout, row)
                stopped = draft.stopped[index]
                assert stopped is not None
                is_over = stopped == "budget" or any(hole.is_stuck for hole in holes)
                larger = None if is_over else self.plan.grown(row, holes, room)
                if larger is None:
                    origin: Origin = "noise" if start is None else "revised"
                    answers.append(Answer(holes, steps + draft.steps[index], stopped, start=start, origin=origin))
                else:
                    grown.append(Beginning(larger, start))
            steps += draft.step + 1
            rows = grown
        return answers, steps

    def _denoise(
        self, layout: Layout, rows: Sequence[Beginning], steps: int, before: HoleIds
    ) -> Generator[GroupEvent, None, CanvasDraft]:
        canvas = Canvas.build([layout.row(row) for row, _ in rows], self.backend.vocab_size, self.generator)
        for draft in denoise(self.backend, self.cache, canvas, self.how, self.generator):
            leader = _leading_row(draft, canvas)
            holes = self._read(draft, leader, layout, rows[leader].row)
            whole = (before.joined(holes[0]), *holes[1:])
            yield GroupDraft(steps + draft.step, steps + self.how.max_steps, whole)
        return draft

    def _read(self, draft: CanvasDraft, index: int, layout: Layout, row: Row) -> tuple[HoleIds, ...]:
        ids, confidence, accepted = (values[index].tolist() for values in (draft.ids, draft.confidence, draft.accepted))
        return tuple(
            read_hole(ids[columns], confidence[columns], accepted[columns], self.closers)
            for columns in layout.hole_columns(row)
        )

    def _ranked(self, layout: Layout, new: Sequence[Answer], known: Sequence[Answer] = ()) -> list[Answer]:
        """Return the different ones of new answers and of those that were ranked before, the best first.

        Of those with the same text the one that is known counts, else the last. Those with which the document parses
        come before others.
        """
        different = {self._texts(answer): answer for answer in (*map(self._parsed, new), *known)}
        if len(different) == 1 and self.judge is None:
            return list(different.values())
        likely = list(self._with_likelihoods(layout, different.values()))
        if self.judge is None:
            scored = [replace(answer, score=likelihood_of(answer)) for answer in likely]
        else:
            scored = self.judge.judged(likely)
        return sorted(scored, key=lambda each: (each.error is None, each.score, likelihood_of(each)), reverse=True)

    def _with_likelihoods(self, layout: Layout, answers: Collection[Answer]) -> Iterator[Answer]:
        """Yield the answers with their likelihoods: those that have one, and then the others."""
        yield from (answer for answer in answers if answer.likelihood is not None)
        others = [answer for answer in answers if answer.likelihood is None]
        rows = [self.tokenizer.respelled(layout.text_row(answer.ids)) for answer in others]
        for answer, row, found in zip(others, rows, log_likelihoods(self.backend, self.cache, rows), strict=True):
            likelihood = self.ngrams.log_likelihood(self.cache.ids, row, found)
            yield replace(answer, likelihood=likelihood, tokens=len(row))

    def _texts(self, answer: Answer) -> tuple[str, ...]:
        return tuple(map(self.tokenizer.decode, answer.ids))

    def _parsed(self, answer: Answer) -> Answer:
        return answer if self.surroundings is None else replace(answer, error=self.surroundings.first_error(answer.ids))


def _leading_row(draft: CanvasDraft, canvas: Canvas) -> int:
    """Return the row whose free positions the model is most sure of, on average."""
    doubt = -(draft.confidence.clamp(min=1e-9).log() * canvas.free).sum(dim=-1) / canvas.free.sum(dim=-1)
    return int(doubt.argmin())
