"""The rules of the double are those of vLLM, where that is installed; no GPU is needed, but the package is large."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import pytest

from diffgemma_lsp.diffusion.segments import Slots
from diffgemma_lsp.prompts.layout import Layout
from diffgemma_lsp.prompts.reading import HoleIds
from diffgemma_lsp.remote.request import PromptRequest, canvas_request
from diffgemma_lsp.remote.suffix_read import SuffixRead
from tests.remote.test_rules import BAD_ARGUMENTS, CANVAS_LENGTH, NOISE, UNSUPPORTED, VOCABULARY

pytestmark = pytest.mark.vllm


def verify(body: dict[str, Any]) -> None:
    """Have vLLM judge a request's body, as its server does before anything runs."""
    from vllm import SamplingParams  # noqa: PLC0415
    from vllm.utils.diffusion import validate_diffusion_sampling_params  # noqa: PLC0415

    names = ("max_tokens", "temperature", "logprobs", *UNSUPPORTED)
    given = {name: body[name] for name in names if name in body}
    params = SamplingParams(**given, extra_args=body.get("vllm_xargs"))
    model = SimpleNamespace(
        is_diffusion=True,
        max_logprobs=20,
        logits_processors=None,
        return_sampling_mask=False,
        get_vocab_size=lambda: VOCABULARY,
    )
    params.verify(model, None, None, None)
    served: dict[str, Any] = {"canvas_length": CANVAS_LENGTH, "vocab_size": VOCABULARY, "async_scheduling": True}
    # Before 0.33 it also asks how requests are scheduled.
    taken = inspect.signature(validate_diffusion_sampling_params).parameters
    validate_diffusion_sampling_params(params, **{name: served[name] for name in served if name in taken})


def test_what_we_send_is_taken() -> None:
    layout = Layout(prompt=(1, 2, 3), tail=(4, 5), between=(), suffix=(6, 7))
    verify(canvas_request(layout, (Slots(4),), 12, VOCABULARY, NOISE).to_json("m"))
    verify(PromptRequest((1, 2, 3), 40).to_json("m"))
    fill = HoleIds((8, 9), (0.5, 0.5), (True, True), is_closed=False)
    verify(SuffixRead.after(layout, [fill], VOCABULARY, NOISE).request.to_json("m"))


@pytest.mark.parametrize("arguments", BAD_ARGUMENTS)
def test_what_the_double_refuses_is_refused(arguments: dict[str, Any]) -> None:
    from vllm.exceptions import VLLMValidationError  # noqa: PLC0415

    with pytest.raises(VLLMValidationError):
        verify({"vllm_xargs": arguments})


@pytest.mark.parametrize(("name", "value"), UNSUPPORTED.items())
def test_parameters_that_the_double_refuses_are_refused(name: str, value: object) -> None:
    from vllm.exceptions import VLLMValidationError  # noqa: PLC0415

    with pytest.raises(VLLMValidationError):
        verify({name: value})
