from __future__ import annotations

import math
from random import Random

import pytest

from diffgemma_lsp.prompts.layout import Layout
from diffgemma_lsp.prompts.reading import HoleIds
from diffgemma_lsp.remote.completion import Completion
from diffgemma_lsp.remote.suffix_read import SuffixRead

SUFFIX = (30, 31, 32, 33, 34, 35)
LAYOUT = Layout(prompt=(1, 2), tail=(10, 11), between=((20,),), suffix=SUFFIX)


def hole(*ids: int) -> HoleIds:
    return HoleIds(ids, (0.5,) * len(ids), (True,) * len(ids), is_closed=False)


READ = SuffixRead.after(LAYOUT, (hole(40, 41), hole(50)), vocabulary=7, noise=Random(0))


def answer(*told: dict[int, float]) -> Completion:
    ids = (0,) * len(READ.request.canvas)
    return Completion(ids, (1.0,) * len(ids), ({},) * (len(ids) - len(told)) + told)


def test_the_canvas_holds_the_fills_and_noise_where_the_suffix_begins() -> None:
    request = READ.request
    assert request.prompt == LAYOUT.prompt
    assert request.canvas[:6] == (10, 11, 40, 41, 20, 50)
    assert len(request.canvas) == 6 + len(READ.expected)
    assert all(token < 7 for token in request.canvas[6:])
    assert request.pinned == tuple(range(6))
    assert READ.expected == SUFFIX[: len(READ.expected)]
    body = request.to_json("gemma")
    assert body["logprobs"] > 1
    assert body["vllm_xargs"]["diffusion_max_steps"] == 1


def test_the_mean_log_probability_is_that_of_the_text_that_follows() -> None:
    told = [{token: -0.5 * (1 + place), 99: -3.0} for place, token in enumerate(READ.expected)]
    assert READ.log_probability(answer(*told)) == pytest.approx(-0.5 * (1 + len(told)) / 2)


@pytest.mark.parametrize(
    ("told", "at_most"),
    [({99: math.log(0.9)}, math.log(0.1)), ({99: math.log(0.2), 98: math.log(0.1)}, math.log(0.1))],
    ids=["what is left", "the least of the alternatives"],
)
def test_a_token_that_is_not_told_counts_as_likely_as_it_can_be(told: dict[int, float], at_most: float) -> None:
    assert READ.log_probability(answer(*[told] * len(READ.expected))) == pytest.approx(at_most)


def test_an_answer_that_tells_nothing_of_the_suffix_gives_no_number() -> None:
    ids = (0,) * len(READ.request.canvas)
    assert READ.log_probability(Completion(ids, (1.0,) * len(ids))) is None
    assert READ.log_probability(answer({}, *[{1: -1.0}] * (len(READ.expected) - 1))) is None
    told = answer(*[{1: -1.0}] * len(READ.expected))
    assert READ.log_probability(Completion(told.ids[1:], told.confidence[1:], told.alternatives)) is None
