"""THE loop: from noise to text, one draft a step."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from itertools import compress

import torch
from torch import Tensor

from diffgemma_lsp.diffusion.backend import Backend
from diffgemma_lsp.diffusion.cache import PrefixCache
from diffgemma_lsp.diffusion.canvas import Canvas
from diffgemma_lsp.diffusion.sampler import Certainty, Draw, Sampler, draw, token_entropy
from diffgemma_lsp.diffusion.schedule import LinearTemperature
from diffgemma_lsp.diffusion.stopping import RowHistory, StableAndConfident
from diffgemma_lsp.fill import StopReason


@dataclass(frozen=True, slots=True)
class Denoising:
    """How to denoise: at most `max_steps` steps, with these three parts.

    `bias` `(V,)`, float32, is added to the logits of free positions: minus infinity bans a token inside holes.
    `signal_tokens` is how many of the most probable tokens make the self-conditioning of a position; 0 is all of them,
    exactly what the model was trained on. `draw` draws the tokens.
    `out_of_time` is asked after each step; once it says True the canvas is left as it stands.
    """

    max_steps: int
    temperature: LinearTemperature
    sampler: Sampler
    stopping: StableAndConfident
    bias: Tensor | None = None
    signal_tokens: int = 0
    draw: Draw = draw
    out_of_time: Callable[[], bool] = field(default=lambda: False)


@dataclass(frozen=True, slots=True)
class CanvasDraft:
    """A canvas after denoising step `step` (counted up from 0).

    `ids` `(B, C)` holds the most probable token at free positions and what is given at the others; `confidence`
    `(B, C)` its probability before temperature, the least since the sampler kept it (a model that sees its own token is
    sure of it), and 1 where given. `accepted` `(B, C)` says whether the sampler kept its position at this step. `steps`
    counts each row's steps; `stopped` says why a row ended, None while it goes on.
    A row that ended keeps its last values.
    """

    step: int
    ids: Tensor
    confidence: Tensor
    accepted: Tensor
    steps: tuple[int, ...]
    stopped: tuple[StopReason | None, ...]


def denoise(
    backend: Backend,
    cache: PrefixCache,
    canvas: Canvas,
    how: Denoising,
    generator: torch.Generator,
) -> Generator[CanvasDraft, None, CanvasDraft]:
    """Yield a draft after each step and return the last, in which every row has stopped.

    Each step:

    1. Run the decoder over the rows still at work; take logits at their free positions only.
    2. Divide by the temperature; sample a token and note the most probable one at each position.
    3. Accept positions by entropy; renoise the rest.
    4. Decide which rows are finished, over their free positions.
    5. Show the draft.
    6. Feed the distributions back: the next step sees their expected embeddings (self-conditioning). At given
       positions that is the token's own embedding, exactly, so they need no head, and their inputs stay as they are.

    Rows that start from something hear it in the first step, as if the model had said so, and what is given with it;
    in other rows nothing is known yet. Without given positions this is `DiffusionGemmaGenerationMixin.generate` of
    transformers, with the same draws from the generator in the same order if `draw` is `draw_as_torch`. Closing the
    generator stops before the next step.
    """
    board = _Board(canvas)
    history = RowHistory(how.stopping)
    heard = None if canvas.known is None else backend.embed(canvas.ids) * canvas.known[..., None]
    inputs = backend.condition(canvas.ids, heard)
    for step in range(how.max_steps):
        logits = backend.head(backend.forward(inputs, canvas.places, canvas.valid, cache))
        if how.bias is not None:
            logits = logits + how.bias

        scaled = logits / how.temperature.at(step, how.max_steps)
        probabilities = scaled.softmax(dim=-1)
        sampled = canvas.scatter(how.draw(probabilities, generator), canvas.ids)
        best = canvas.scatter(scaled.argmax(dim=-1), canvas.ids)
        confidence = canvas.scatter(_confidence(logits), 1.0)

        entropy = canvas.scatter(token_entropy(probabilities), torch.inf)
        accepted = how.sampler.accept(Certainty(entropy, confidence)) | ~canvas.free
        canvas = canvas.renoise(sampled, accepted, generator)

        finished = history.finished(best, entropy, canvas.free)
        board.write(best, confidence, accepted)
        # The only time in a step that the host waits for the device.
        is_finished = finished.tolist()
        board.stop(is_finished, "stable")
        if how.out_of_time():
            board.stop([True] * len(is_finished), "budget")
        elif step + 1 == how.max_steps:
            board.stop([True] * len(is_finished), "steps")

        draft = board.draft(step)
        yield draft
        if board.is_full:
            return draft

        if step == 0:
            inputs = backend.condition(canvas.ids, backend.embed(canvas.ids))
        inputs[canvas.places] = backend.condition(
            canvas.ids[canvas.places], _signal(backend, probabilities, how.signal_tokens)
        )
        if any(is_finished):
            canvas, inputs = canvas.select(~finished), inputs[~finished]
            history.select(~finished)
            board.select([not is_done for is_done in is_finished])
    raise AssertionError("the last step ends every row")


class _Board:
    """The latest values of all rows, also of those that ended and left the batch."""

    def __init__(self, canvas: Canvas) -> None:
        self._rows = list(range(len(canvas.ids)))
        self._places = torch.arange(len(canvas.ids), device=canvas.ids.device)
        self._ids = canvas.ids
        self._confidence = torch.ones(canvas.ids.shape, device=canvas.ids.device)
        self._accepted = ~canvas.free
        self._steps = [0] * len(canvas.ids)
        self._stopped: list[StopReason | None] = [None] * len(canvas.ids)

    @property
    def is_full(self) -> bool:
        return None not in self._stopped

    def write(self, ids: Tensor, confidence: Tensor, accepted: Tensor) -> None:
        rows = (self._places,)
        was_kept = self._accepted[rows] & (self._ids[rows] == ids)
        confidence = torch.where(was_kept, torch.minimum(confidence, self._confidence[rows]), confidence)
        self._ids = self._ids.index_put(rows, ids)
        self._confidence = self._confidence.index_put(rows, confidence)
        self._accepted = self._accepted.index_put(rows, accepted)
        for row in self._rows:
            self._steps[row] += 1

    def stop(self, finished: Sequence[bool], reason: StopReason) -> None:
        for row in compress(self._rows, finished):
            self._stopped[row] = self._stopped[row] or reason

    def select(self, rows: Sequence[bool]) -> None:
        self._rows = list(compress(self._rows, rows))
        self._places = torch.tensor(self._rows, device=self._places.device)

    def draft(self, step: int) -> CanvasDraft:
        return CanvasDraft(step, self._ids, self._confidence, self._accepted, tuple(self._steps), tuple(self._stopped))


def _signal(backend: Backend, probabilities: Tensor, most: int) -> Tensor:
    """Return the expected embeddings `(N, D)` of distributions `(N, V)`, cut to their `most` probable tokens."""
    if most in range(1, probabilities.shape[-1]):
        chances, ids = probabilities.topk(most, dim=-1)
        embeddings = backend.embed(ids)
        shares = (chances / chances.sum(dim=-1, keepdim=True)).to(embeddings.dtype)
        return torch.matmul(shares[:, None], embeddings).squeeze(1)
    return backend.soft_embed(probabilities)


def _confidence(logits: Tensor) -> Tensor:
    return (logits.amax(dim=-1) - logits.logsumexp(dim=-1)).exp()
