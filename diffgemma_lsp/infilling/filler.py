"""A `Filler` over a block-diffusion model: tasks in, drafts and fills out."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from diffgemma_lsp.diffusion.backend import Backend
from diffgemma_lsp.diffusion.denoise import Denoising
from diffgemma_lsp.diffusion.prefixes import PrefixStore
from diffgemma_lsp.diffusion.sampler import sampler_of
from diffgemma_lsp.diffusion.schedule import LinearTemperature
from diffgemma_lsp.diffusion.stopping import StableAndConfident
from diffgemma_lsp.errors import OutOfMemoryError
from diffgemma_lsp.fill import Candidate, Draft, Event, Fill, FillTask, Progress
from diffgemma_lsp.fill.stopwatch import Stopwatch
from diffgemma_lsp.infilling.answer import Answer, join_answers
from diffgemma_lsp.infilling.group import Group, GroupDraft
from diffgemma_lsp.infilling.judge import Judge
from diffgemma_lsp.infilling.ngrams import NO_NGRAMS, NgramCache, Speller
from diffgemma_lsp.infilling.starts import starts_of
from diffgemma_lsp.infilling.written import LineWriter
from diffgemma_lsp.prompts.profile import ModelProfile
from diffgemma_lsp.prompts.reading import NOTHING, HoleIds
from diffgemma_lsp.prompts.rows import SlotPlan
from diffgemma_lsp.prompts.surroundings import Surroundings
from diffgemma_lsp.prompts.tokenizer import Tokenizer
from diffgemma_lsp.prompts.work import TaskText

_CACHE_BYTES = 1 << 30


class DiffusionFiller:
    """Fills tasks with a block-diffusion model. It belongs to one thread; between tasks it keeps the prompts' caches.

    `clock` returns seconds and measures time budgets and timings. `cache_bytes` bounds the kept prompts. `weights` says
    how the model's are kept.
    """

    def __init__(
        self,
        backend: Backend,
        tokenizer: Tokenizer,
        profile: ModelProfile,
        name: str,
        clock: Callable[[], float] = time.perf_counter,
        cache_bytes: int = _CACHE_BYTES,
        weights: str = "",
    ) -> None:
        self.name = name
        self.weights = weights
        self.device = str(backend.device)
        self.follows_instructions = profile.follows_instructions
        self._backend = backend
        self._tokenizer = tokenizer
        self._profile = profile
        self._clock = clock
        self._caches = PrefixStore(backend.new_cache, cache_bytes)
        filler = profile.tokens.filler
        self._closers = frozenset[int]() if filler is None else frozenset({tokenizer.id(filler)})
        beams = profile.sampling.beams
        self._writer = LineWriter(backend, tokenizer, beams) if beams else None
        self._speller = Speller(tokenizer, profile.ngrams) if profile.ngrams else None
        self._bias = self._ban_tokens().to(backend.device)

    def watch(self, between_layers: Callable[[], None]) -> None:
        """Have `between_layers` called before each layer from now on. What it raises ends the fill at once."""
        self._backend.between_layers = between_layers

    def fill(self, task: FillTask) -> Generator[Event, None, None]:
        """Yield progress and drafts, then the fill.

        Holes that fit one canvas are filled jointly, others in order, each with the fills before it in its prefix.
        Raises OutOfMemoryError when the device has no room for the task; the kept prompts are dropped then.
        """
        try:
            yield from self._fill(task)
        except RuntimeError as error:
            if not _is_out_of_memory(error):
                raise
            self._caches.clear()
            raise OutOfMemoryError(
                f"{self._backend.device} ran out of memory during the fill: ask for fewer candidates"
                " or free memory on it, and try again"
            ) from error

    @torch.inference_mode()
    def _fill(self, task: FillTask) -> Iterator[Event]:
        watch = Stopwatch(self._clock, task.budget_seconds)
        text = TaskText(task, self._profile, self._tokenizer)
        cache = self._caches.cache_for(task.path)
        generator = self._generator(task.seed)
        parts: list[tuple[Answer, ...]] = []  # of each group in document order, best first
        filled: list[HoleIds] = []  # by the best of each
        most = len(task.holes)
        while len(filled) < len(task.holes):
            layout, today, surroundings = text.next_group(filled, most)
            watch.prompt(len(layout.prompt), cache.common_prefix(layout.prompt))
            group = Group(
                backend=self._backend,
                cache=cache,
                generator=generator,
                how=self._denoising(task, watch),
                plan=SlotPlan(self._profile, text.limit(today)),
                closers=self._closers,
                max_length=self._profile.canvas.max_length,
                tokenizer=self._tokenizer,
                writer=self._writer,
                surroundings=surroundings,
                judge=self._judge(task, surroundings),
                ngrams=self._ngrams(surroundings),
            )
            answers: tuple[Answer, ...] = ()
            for event in group.fill(layout, today, task.candidates):
                if isinstance(event, Progress):
                    watch.prefilled()
                    yield event
                elif isinstance(event, GroupDraft):
                    watch.denoised()
                    yield self._draft(event, filled, len(task.holes))
                else:
                    answers = event
            answers = self._without_cut_off(answers)
            most = 1 if len(answers[0].holes) < len(today) else len(task.holes)
            if answers[0].holes:
                parts.append(answers)
                filled += answers[0].holes

        self._caches.evict()
        yield Fill(self._candidates(parts), watch.timings(), self.name, self.follows_instructions)

    def _without_cut_off(self, answers: tuple[Answer, ...]) -> tuple[Answer, ...]:
        """Return the holes in front of the first that found no room in the shared canvas; it is filled alone next."""
        best = answers[0]
        if len(best.holes) == 1 or not self._closers or best.stopped == "budget":
            return answers
        closed = next((place for place, hole in enumerate(best.holes) if not hole.is_closed), len(best.holes))
        return tuple(replace(answer, holes=answer.holes[:closed]) for answer in answers)

    def _draft(self, draft: GroupDraft, filled: Sequence[HoleIds], holes: int) -> Draft:
        known = (*filled, *draft.holes)
        pending = [NOTHING] * (holes - len(known))
        return Draft(draft.step, draft.max_steps, tuple(hole.texts(self._tokenizer) for hole in (*known, *pending)))

    def _candidates(self, parts: Sequence[tuple[Answer, ...]]) -> tuple[Candidate, ...]:
        """Return whole answers: the n-th of every group together, or a group's last where it has fewer."""
        ranks = range(max(len(answers) for answers in parts))
        joined = (join_answers([answers[min(rank, len(answers) - 1)] for answers in parts]) for rank in ranks)
        whole = (answer.shown(self._profile.confidence) for answer in joined)
        return tuple(
            Candidate(
                holes=tuple(hole.texts(self._tokenizer) for hole in answer.holes),
                confidence=answer.confidence,
                score=answer.score,
                steps=answer.steps,
                stopped=answer.stopped,
                precedent=None if answer.start is None else answer.start.precedent,
                is_left_to_right=answer.origin == "written",
            )
            for answer in whole
        )

    def _judge(self, task: FillTask, surroundings: Surroundings | None) -> Judge | None:
        """Return the judge of an only hole, None for several, or where nothing is fitted."""
        calibration = self._profile.precedents
        if calibration is None or len(task.holes) > 1:
            return None
        assert surroundings is not None, "an only hole is the last one"
        starts = starts_of(task.precedents[: calibration.looks], self._profile, self._tokenizer)
        return Judge(calibration, starts, surroundings)

    def _ngrams(self, surroundings: Surroundings | None) -> NgramCache:
        """Return those of the document around an only hole, where they are to count."""
        if self._speller is None or surroundings is None or len(surroundings.texts) > 2:
            return NO_NGRAMS
        return self._speller.ngrams(*surroundings.texts)

    def _denoising(self, task: FillTask, watch: Stopwatch) -> Denoising:
        sampling = self._profile.sampling
        return Denoising(
            max_steps=task.max_steps or sampling.steps,
            temperature=LinearTemperature(sampling.temperature_start, sampling.temperature_end),
            sampler=sampler_of(sampling.entropy_bound, sampling.settled),
            stopping=StableAndConfident(sampling.stability, sampling.confidence),
            bias=self._bias,
            signal_tokens=sampling.signal_tokens,
            out_of_time=watch.is_out_of_time,
        )

    def _generator(self, seed: int | None) -> torch.Generator:
        generator = torch.Generator(self._backend.device)
        if seed is None:
            generator.seed()
        else:
            generator.manual_seed(seed)
        return generator

    def _ban_tokens(self) -> Tensor:
        """Return a bias `(V,)` under which no special token but the filler can stand in a hole."""
        named = {self._tokenizer.id(token) for token in self._profile.tokens.banned}
        unknown = range(self._tokenizer.size, self._backend.vocab_size)
        banned = {*self._tokenizer.special_ids, *named, *unknown} - self._closers
        bias = torch.zeros(self._backend.vocab_size)
        bias[sorted(banned)] = -torch.inf
        return bias


def _is_out_of_memory(error: RuntimeError) -> bool:
    """Tell a lack of memory from a bug: on the CPU, torch raises the same class for both."""
    return (
        isinstance(error, torch.OutOfMemoryError)
        or "not enough memory" in str(error)
        or "allocate memory" in str(error)
    )
