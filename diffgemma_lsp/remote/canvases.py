"""Holes filled by canvases: each length that competes is a request of its own, and all are under way at once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from random import Random

from diffgemma_lsp.errors import RemoteError
from diffgemma_lsp.fill import Progress
from diffgemma_lsp.prompts.layout import Layout
from diffgemma_lsp.prompts.profile import ModelProfile
from diffgemma_lsp.prompts.reading import HoleIds, read_hole
from diffgemma_lsp.prompts.rows import Row, SlotPlan
from diffgemma_lsp.remote.answer import RemoteAnswer, best_first, different
from diffgemma_lsp.remote.completion import Completion
from diffgemma_lsp.remote.request import CanvasRequest, PromptRequest, canvas_request
from diffgemma_lsp.remote.server import Refusal
from diffgemma_lsp.remote.suffix_read import SuffixRead

# Returns what each request came to, None for one that failed or was given up beside others.
Ask = Callable[[Sequence[CanvasRequest | PromptRequest]], Generator[Progress, None, list[Completion | Refusal | None]]]


@dataclass(frozen=True, slots=True)
class Canvases:
    """Fills the holes of a layout together. `closers` end a hole; noise is below `vocabulary`."""

    ask: Ask
    profile: ModelProfile
    closers: frozenset[int]
    vocabulary: int
    noise: Random
    steps: int
    is_out_of_time: Callable[[], bool]

    @property
    def most_holes(self) -> int | None:
        """How many holes may share a canvas; there is no bound but its length."""
        return None

    def fill(
        self, layout: Layout, today: Sequence[int], limit: int, candidates: int
    ) -> Generator[Progress, None, list[RemoteAnswer] | Refusal]:
        """Yield progress and return at most `candidates` different answers, best first, or the server's refusal.

        A single hole that is still open in the longest canvas there is goes on in a next one, up to `limit` tokens.
        """
        plan = SlotPlan(self.profile, limit)
        answers = yield from self._fill_canvas(layout, today, plan, candidates)
        if isinstance(answers, Refusal) or len(today) > 1:
            return answers
        whole = block = answers[0]
        while self._goes_on(layout, block) and len(whole.holes[0].ids) < limit:
            layout = layout.after(block.holes[0].ids)
            rest = replace(plan, limit=limit - len(whole.holes[0].ids))
            blocks = yield from self._fill_canvas(layout, (0,), rest, 1)
            if isinstance(blocks, Refusal):
                return blocks
            block = blocks[0]
            joined = whole.holes[0].joined(block.holes[0])
            whole = RemoteAnswer((joined,), whole.steps + block.steps, block.stopped)
        return [whole, *answers[1:]]

    def _goes_on(self, layout: Layout, block: RemoteAnswer) -> bool:
        (hole,) = block.holes
        is_full = len(hole.ids) == self.profile.canvas.max_length - layout.given_length
        return is_full and not hole.is_closed and block.stopped != "budget"

    def _fill_canvas(
        self, layout: Layout, today: Sequence[int], plan: SlotPlan, candidates: int
    ) -> Generator[Progress, None, list[RemoteAnswer] | Refusal]:
        room = self.profile.canvas.max_length - layout.given_length
        rows = plan.first_rows(today, candidates, room)
        answers: list[RemoteAnswer] = []
        steps = 0
        while rows:
            steps += self.steps
            requests = [canvas_request(layout, row, self.steps, self.vocabulary, self.noise) for row in rows]
            completions = yield from self.ask(requests)
            is_late = self.is_out_of_time()
            grown: list[Row] = []
            for row, completion in zip(rows, completions, strict=True):
                if isinstance(completion, Refusal):
                    return completion
                if completion is None:
                    continue
                holes = self._read(completion, layout, row)
                larger = None if is_late else plan.grown(row, holes, room)
                if larger is None:
                    answers.append(RemoteAnswer(holes, steps, "budget" if is_late else "steps"))
                else:
                    grown.append(larger)
            rows = grown
        answers = yield from self._with_suffix(layout, different(answers))
        return best_first(answers, candidates)

    def _with_suffix(
        self, layout: Layout, answers: list[RemoteAnswer]
    ) -> Generator[Progress, None, list[RemoteAnswer]]:
        """Return the answers, if there are several, with what the model makes of the text after each.

        Where the server does not tell, or in time, they are as good as they were.
        """
        if len(answers) == 1 or not layout.suffix or self.is_out_of_time():
            return answers
        reads = [SuffixRead.after(layout, answer.holes, self.vocabulary, self.noise) for answer in answers]
        try:
            completions = yield from self.ask([read.request for read in reads])
        except RemoteError:
            return answers
        return [
            replace(answer, suffix=read.log_probability(completion) if isinstance(completion, Completion) else None)
            for answer, read, completion in zip(answers, reads, completions, strict=True)
        ]

    def _read(self, completion: Completion, layout: Layout, row: Row) -> tuple[HoleIds, ...]:
        return tuple(
            read_hole(
                completion.ids[columns],
                completion.confidence[columns],
                (True,) * (columns.stop - columns.start),
                self.closers,
            )
            for columns in layout.hole_columns(row)
        )
