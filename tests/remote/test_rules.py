"""What the double of a server refuses, and that nothing of ours is among it."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from diffgemma_lsp.diffusion.segments import Slots
from diffgemma_lsp.prompts.layout import Layout
from diffgemma_lsp.remote.request import PromptRequest, canvas_request
from tests.remote.rules import NOT_SUPPORTED, why_refused

CANVAS_LENGTH, VOCABULARY, NOISE = 8, 1024, Random(0)
UNSUPPORTED: dict[str, Any] = {
    "temperature": 0.7,
    "min_p": 0.1,
    "seed": 42,
    "min_tokens": 5,
    "logit_bias": {0: 1.0},
    "bad_words": ["foo"],
    "allowed_token_ids": [0, 1],
}
_CANVAS = [0] * CANVAS_LENGTH
BAD_ARGUMENTS: list[dict[str, Any]] = [
    {"diffusion_canvas_length": 0},
    {"diffusion_canvas_length": "4"},
    {"diffusion_canvas_length": True},
    {"diffusion_canvas_length": CANVAS_LENGTH + 1},
    {"diffusion_seed_canvas": "abc"},
    {"diffusion_seed_canvas": [1, 2.5]},
    {"diffusion_seed_canvas": [*_CANVAS[1:], True]},
    {"diffusion_seed_canvas": [*_CANVAS[1:], VOCABULARY]},
    {"diffusion_seed_canvas": [*_CANVAS[1:], -1]},
    {"diffusion_seed_canvas": _CANVAS[1:]},
    {"diffusion_seed_canvas": _CANVAS, "diffusion_canvas_length": 4},
    {"diffusion_pinned": [0]},
    {"diffusion_seed_canvas": _CANVAS, "diffusion_pinned": "0,1"},
    {"diffusion_seed_canvas": _CANVAS, "diffusion_pinned": [0, True]},
    {"diffusion_seed_canvas": _CANVAS, "diffusion_pinned": [CANVAS_LENGTH]},
    {"diffusion_seed_canvas": _CANVAS, "diffusion_pinned": [-1]},
    {"diffusion_seed_canvas": [0] * 4, "diffusion_canvas_length": 4, "diffusion_pinned": [4]},
    {"diffusion_max_steps": 0},
    {"diffusion_max_steps": "1"},
    {"diffusion_max_steps": True},
    {"diffusion_read_only": "yes"},
    {"diffusion_read_only": 2},
]


def test_what_we_send_is_taken() -> None:
    layout = Layout(prompt=(1, 2, 3), tail=(4, 5), between=(), suffix=(6, 7))
    for slots in (Slots(4), Slots(1), Slots(4, (8, 9))):
        body = canvas_request(layout, (slots,), 12, VOCABULARY, NOISE).to_json("m")
        assert why_refused(body, CANVAS_LENGTH, VOCABULARY) is None
    assert why_refused(PromptRequest((1, 2, 3), 40).to_json("m"), CANVAS_LENGTH, VOCABULARY) is None


def test_a_canvas_starts_from_what_its_row_says_and_from_noise_where_it_says_nothing() -> None:
    layout = Layout(prompt=(1,), tail=(4, 5), between=((6,),), suffix=(7,))
    request = canvas_request(layout, (Slots(3, (8, 9)), Slots(2)), 12, 1000, Random(3))
    assert request.canvas[:4] + request.canvas[5:6] + request.canvas[8:] == (4, 5, 8, 9, 6, 7)
    assert request.pinned == (0, 1, 5, 8)
    assert canvas_request(layout, (Slots(3, (None, 9)), Slots(2)), 12, 1000, Random(3)).canvas[3] == 9
    assert request == canvas_request(layout, (Slots(3, (8, 9)), Slots(2)), 12, 1000, Random(3))
    assert request != canvas_request(layout, (Slots(3, (8, 9)), Slots(2)), 12, 1000, Random(4))


@pytest.mark.parametrize("arguments", BAD_ARGUMENTS)
def test_bad_arguments_are_refused(arguments: dict[str, Any]) -> None:
    reason = why_refused({"vllm_xargs": arguments}, CANVAS_LENGTH, VOCABULARY)
    assert reason is not None
    assert reason.startswith("diffusion_")


def test_what_a_diffusion_model_does_not_support_is_refused() -> None:
    assert tuple(UNSUPPORTED) == NOT_SUPPORTED
    for name, value in UNSUPPORTED.items():
        assert "not yet supported" in str(why_refused({name: value}, CANVAS_LENGTH, VOCABULARY))
    assert why_refused({"response_format": {"type": "json_object"}}, CANVAS_LENGTH, VOCABULARY) is not None
