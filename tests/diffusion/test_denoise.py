from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from transformers.models.diffusion_gemma.generation_diffusion_gemma import EntropyBoundSamplerConfig

from diffgemma_lsp.diffusion.canvas import Canvas
from diffgemma_lsp.diffusion.denoise import CanvasDraft, Denoising, denoise
from diffgemma_lsp.diffusion.sampler import Certainty, draw_as_torch
from diffgemma_lsp.diffusion.segments import Segment, Slots
from diffgemma_lsp.models.backend import TransformersBackend
from tests.diffusion.parts import VOCABULARY, backend, canvas_states, drafts, encoded, random_ids, settings
from tests.tiny import tiny_model

SHAPES = [
    pytest.param({"canvas_length": 16}, 10, 8, 0.005, 1, id="a prompt inside the window"),
    pytest.param({"canvas_length": 16}, 40, 24, 1.5, 1, id="a prompt past the window, stopping early"),
    pytest.param({"canvas_length": 24, "experts": 8, "top_k": 3}, 50, 12, 1.2, 2, id="two blocks"),
    pytest.param(
        {"canvas_length": 8, "layer_types": ["sliding_attention"] * 3 + ["full_attention"], "sliding_window": 7},
        33,
        10,
        2.0,
        3,
        id="three blocks through a window shorter than a block",
    ),
]


@pytest.mark.parametrize(("shape", "prompt_tokens", "steps", "confidence", "blocks"), SHAPES)
def test_without_given_positions_the_loop_equals_generate_token_for_token(
    shape: dict[str, Any], prompt_tokens: int, steps: int, confidence: float, blocks: int
) -> None:
    model = tiny_model(seed=prompt_tokens, vocab_size=VOCABULARY, **shape)
    length = shape["canvas_length"]
    prompt = random_ids(prompt_tokens, seed=1)
    torch.manual_seed(3)
    stock = model.generate(
        torch.tensor([prompt]),
        max_new_tokens=length * blocks,
        max_denoising_steps=steps,
        sampler_config=EntropyBoundSamplerConfig(0.5),
        t_min=0.4,
        t_max=0.8,
        stability_threshold=1,
        confidence_threshold=confidence,
    )

    ours = TransformersBackend(model)
    generator = torch.Generator().manual_seed(3)
    cache = encoded(ours, prompt)
    how = replace(settings(steps, 0.5, confidence), draw=draw_as_torch)
    found: list[int] = []
    steps_taken = 0
    for _ in range(blocks):
        last = drafts(ours, cache, [[Slots(length)]], how, generator)[-1]
        block = last.ids[0].tolist()
        ours.prefill(block, cache)
        found += block
        steps_taken += last.steps[0]

    assert found == stock.sequences[0, prompt_tokens:].tolist()
    assert len(found) / steps_taken == pytest.approx(float(stock.tokens_per_forward))


def test_given_positions_hold_in_every_draft_of_200_random_layouts() -> None:
    model = backend()
    random_layout = random.Random(0)
    cache = encoded(model, random_ids(30, seed=2))
    for seed in range(200):
        rows = [_random_row(random_layout) for _ in range(random_layout.randint(1, 3))]
        for draft in drafts(model, cache, rows, settings(3, 4.0), torch.Generator().manual_seed(seed)):
            for index, row in enumerate(rows):
                position = 0
                for segment in row:
                    if isinstance(segment, Slots):
                        position += segment.count
                        continue
                    columns = slice(position, position + len(segment))
                    assert tuple(draft.ids[index, columns].tolist()) == segment
                    assert draft.accepted[index, columns].all()
                    assert (draft.confidence[index, columns] == 1).all()
                    position += len(segment)


def _random_row(choice: random.Random) -> list[Segment]:
    row: list[Segment] = []
    for _ in range(choice.randint(1, 3)):
        row.append(tuple(choice.randrange(VOCABULARY) for _ in range(choice.randint(0, 5))))
        start = tuple(choice.choice((None, choice.randrange(VOCABULARY))) for _ in range(choice.randint(0, 3)))
        row.append(Slots(choice.randint(1, 8), start))
    row.append(tuple(choice.randrange(VOCABULARY) for _ in range(choice.randint(0, 5))))
    return row


def test_a_sampler_that_accepts_everything_cannot_change_what_is_given() -> None:
    class Everything:
        def accept(self, certainty: Certainty) -> torch.Tensor:
            return torch.ones_like(certainty.entropy, dtype=torch.bool)

    model = backend()
    cache = encoded(model, [1, 2, 3])
    row: list[Segment] = [(5, 6), Slots(4), (7, 8)]
    how = replace(settings(4), sampler=Everything())
    for draft in drafts(model, cache, [row], how, torch.Generator().manual_seed(0)):
        assert draft.ids[0, :2].tolist() == [5, 6]
        assert draft.ids[0, -2:].tolist() == [7, 8]


def test_the_same_seed_gives_the_same_drafts() -> None:
    model = backend()
    cache = encoded(model, random_ids(20, seed=4))
    row: list[Segment] = [(5,), Slots(10), (7,)]
    first, again, other = (
        [draft.ids for draft in drafts(model, cache, [row], settings(6), torch.Generator().manual_seed(seed))]
        for seed in (1, 1, 2)
    )
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(first, again, strict=True))
    assert any(not torch.equal(ours, theirs) for ours, theirs in zip(first, other, strict=True))


def test_each_draft_costs_one_forward_and_closing_stops_before_the_next() -> None:
    model = _Counting(backend())
    cache = encoded(model.inner, [1, 2, 3])
    generator = torch.Generator().manual_seed(0)
    canvas = Canvas.build([[Slots(6)]], VOCABULARY, generator)
    loop = denoise(model, cache, canvas, settings(8), generator)
    next(loop)
    next(loop)
    assert model.forwards == 2
    loop.close()
    assert model.forwards == 2


def test_free_positions_alone_go_through_the_head() -> None:
    model = _Counting(backend())
    cache = encoded(model.inner, [1, 2, 3])
    drafts(model, cache, [[(4, 5, 6), Slots(5), (7,)], [Slots(2)]], settings(1), torch.Generator().manual_seed(0))
    assert model.head_positions == 7


class _Counting:
    """A backend that counts what is asked of another one."""

    def __init__(self, inner: TransformersBackend) -> None:
        self.inner = inner
        self.forwards = 0
        self.head_positions = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def forward(self, *arguments: Any) -> torch.Tensor:
        self.forwards += 1
        return self.inner.forward(*arguments)

    def head(self, hidden: torch.Tensor) -> torch.Tensor:
        self.head_positions += len(hidden)
        return self.inner.head(hidden)


def test_a_row_of_a_padded_batch_sees_what_it_sees_alone() -> None:
    model = backend()
    cache = encoded(model, random_ids(25, seed=5))
    rows: list[list[Segment]] = [[(5,), Slots(3), (7, 8)], [(5,), Slots(12), (7, 8)]]
    generator = torch.Generator().manual_seed(0)
    both = Canvas.build(rows, VOCABULARY, generator)
    assert both.valid is not None
    hidden = torch.split(canvas_states(model, both.ids, cache, both.valid), [6, 15])
    for index, length in enumerate((6, 15)):
        alone = canvas_states(model, both.ids[index : index + 1, :length], cache)
        torch.testing.assert_close(hidden[index], alone, atol=1e-5, rtol=1e-4)


def test_a_banned_token_never_stands_in_a_hole() -> None:
    model = backend()
    cache = encoded(model, [1, 2, 3])
    bias = torch.zeros(VOCABULARY)
    bias[10:] = -torch.inf
    for draft in drafts(model, cache, [[(50,), Slots(12)]], settings(6, bias=bias), torch.Generator().manual_seed(0)):
        assert (draft.ids[0, 1:] < 10).all()
        assert draft.ids[0, 0] == 50


def test_rows_stop_one_by_one_and_keep_what_they_had() -> None:
    model = backend(seed=3)
    cache = encoded(model, random_ids(20, seed=6))
    rows: list[list[Segment]] = [[(5, 6, 7), Slots(1), (8, 9)], [(5,), Slots(14), (8,)]]
    found = drafts(model, cache, rows, settings(16, 0.5, confidence=1.2), torch.Generator().manual_seed(1))
    ends = found[-1].steps
    assert ends[0] != ends[1], "this seed is chosen so that the rows end at different steps"
    early = ends.index(min(ends))
    at_its_end = found[min(ends) - 1]
    assert at_its_end.stopped[early] == "stable"
    assert torch.equal(found[-1].ids[early], at_its_end.ids[early])
    assert found[-1].stopped[1 - early] is not None


def test_a_canvas_that_is_out_of_time_ends_after_the_step_at_hand() -> None:
    model = backend()
    cache = encoded(model, [1, 2, 3])
    how: Denoising = replace(settings(8), out_of_time=lambda: True)
    found = drafts(model, cache, [[Slots(6)]], how, torch.Generator().manual_seed(0))
    assert len(found) == 1
    assert found[0].stopped == ("budget",)


def test_confidence_is_the_probability_before_temperature() -> None:
    model = backend()
    cache = encoded(model, [1, 2, 3])
    canvas = Canvas.build([[Slots(6)]], VOCABULARY, torch.Generator().manual_seed(0))
    expected = model.head(canvas_states(model, canvas.ids, cache)).softmax(dim=-1).amax(dim=-1)
    draft = drafts(model, cache, [[Slots(6)]], settings(1), torch.Generator().manual_seed(0))[0]
    torch.testing.assert_close(draft.confidence[0], expected)


class _Heard(_Counting):
    """A backend that remembers the logits of each step."""

    def __init__(self, inner: TransformersBackend) -> None:
        super().__init__(inner)
        self.logits: list[torch.Tensor] = []

    def head(self, hidden: torch.Tensor) -> torch.Tensor:
        self.logits.append(super().head(hidden))
        return self.logits[-1]


def test_confidence_is_the_least_since_a_token_was_kept() -> None:
    model = _Heard(backend())
    cache = encoded(model.inner, [1, 2, 3])
    few = torch.full((VOCABULARY,), -torch.inf)
    few[:3] = 0.0  # tokens stay for a while, and change
    how = settings(12, entropy_bound=1.0, confidence=0.0, bias=few)
    found = drafts(model, cache, [[Slots(12)]], how, torch.Generator().manual_seed(1))
    lower = 0
    for (before, after), logits in zip(pairwise(found), model.logits[1:], strict=True):
        now = (logits + few).softmax(dim=-1).amax(dim=-1)[None]
        kept = before.accepted & (before.ids == after.ids)
        torch.testing.assert_close(after.confidence, torch.where(kept, now.minimum(before.confidence), now))
        lower += int((kept & (before.confidence < now)).sum())
    assert lower > 5


class _Listening(_Counting):
    """A backend that remembers the self-conditioning signals of free positions, and all of a first step's."""

    def __init__(self, inner: TransformersBackend) -> None:
        super().__init__(inner)
        self.first: list[torch.Tensor | None] = []
        self.signals: list[torch.Tensor] = []

    def condition(self, ids: torch.Tensor, soft: torch.Tensor | None) -> torch.Tensor:
        if not self.forwards:
            self.first.append(soft)
        if soft is not None and soft.ndim == 2:
            self.signals.append(soft)
        return self.inner.condition(ids, soft)


def test_the_first_step_hears_what_a_row_starts_from_and_what_is_given_there() -> None:
    model = _Listening(backend())
    cache = encoded(model.inner, [1, 2, 3])
    rows: list[list[Segment]] = [[(5,), Slots(3, (8, None, 9)), (7,)], [(5,), Slots(3), (7,)]]
    draft = drafts(model, cache, rows, settings(1), torch.Generator().manual_seed(0))[0]
    (heard,) = model.first
    assert heard is not None
    given = model.inner.embed(torch.tensor([[5, 8, 9, 7]]))[0]
    torch.testing.assert_close(heard[0, [0, 1, 3, 4]], given)
    assert not heard[0, 2].any()
    assert not heard[1].any()
    assert draft.ids.shape == (2, 5)


def test_rows_from_noise_hear_nothing_in_the_first_step() -> None:
    model = _Listening(backend())
    drafts(model, encoded(model.inner, [1]), [[(5,), Slots(3)]], settings(1), torch.Generator().manual_seed(0))
    assert model.first == [None]


def signals(tokens: int) -> tuple[list[CanvasDraft], list[torch.Tensor]]:
    """Return the drafts of a canvas, and the signals, with the self-conditioning cut to so many tokens."""
    model = _Listening(backend())
    cache = encoded(model.inner, random_ids(20, seed=4))
    how = replace(settings(4), signal_tokens=tokens)
    return drafts(model, cache, [[(5,), Slots(10), (7,)]], how, torch.Generator().manual_seed(1)), model.signals


def test_self_conditioning_by_all_tokens_is_exact() -> None:
    (whole, signal), (same, of_all), (_, of_most) = signals(0), signals(VOCABULARY), signals(VOCABULARY - 1)
    assert all(torch.equal(ours.ids, theirs.ids) for ours, theirs in zip(whole, same, strict=True))
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(signal, of_all, strict=True))
    torch.testing.assert_close(of_most[0], signal[0], atol=1e-3, rtol=1e-3)


def test_self_conditioning_by_one_token_is_the_embedding_of_the_likeliest() -> None:
    found, signal = signals(1)
    for draft, heard in zip(found, signal, strict=False):
        torch.testing.assert_close(heard, backend().embed(draft.ids[:, 1:-1])[0])


def test_fewer_tokens_are_farther_from_the_whole_signal() -> None:
    (_, whole), *shorter = (signals(tokens) for tokens in (0, 32, 8, 1))
    distances = [float((signal[0] - whole[0]).norm()) for _, signal in shorter]
    assert 0 < distances[0] < distances[1] < distances[2]


class Waits(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Collects the operations for which a device would wait until the host knows their result."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.found: list[str] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = function.overloadpacket.__name__
        indices = args[1] if name in {"index", "index_put", "index_put_"} else ()
        counts = any(index is not None and index.dtype == torch.bool for index in indices)
        if counts or name in {"_local_scalar_dense", "nonzero", "masked_select", "is_nonzero"}:
            self.found.append(name)
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("signal_tokens", [0, 8])
def test_a_step_asks_the_device_for_nothing_but_which_rows_are_finished(signal_tokens: int) -> None:
    model = backend()
    generator = torch.Generator().manual_seed(0)
    canvas = Canvas.build([[(5,), Slots(10), (7,)], [(5, 6), Slots(4)]], model.vocab_size, generator)
    how = replace(settings(4), signal_tokens=signal_tokens)
    steps = denoise(model, encoded(model, [1, 2, 3]), canvas, how, generator)
    next(steps)
    with Waits() as waits:
        next(steps)
    assert waits.found == []
