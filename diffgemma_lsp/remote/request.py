"""What a vLLM server is sent: a canvas with given positions, or a prompt alone.

Both are completions, asked by token ids and answered by them. The canvas goes along in `vllm_xargs`, as vLLM's
`validate_diffusion_sampling_params` reads it. What vLLM refuses for a diffusion model (a temperature other than 1, a
seed, biases, banned words) is never sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from diffgemma_lsp.diffusion.segments import Slots
from diffgemma_lsp.prompts.layout import Layout
from diffgemma_lsp.prompts.rows import Row


@dataclass(frozen=True, slots=True)
class CanvasRequest:
    """A canvas to be denoised after `prompt`: it starts as `canvas`, and stays so at the `pinned` positions.

    Log-probabilities are asked for of as many `alternatives` at each position.
    """

    prompt: tuple[int, ...]
    canvas: tuple[int, ...]
    pinned: tuple[int, ...]
    steps: int
    alternatives: int = 1

    def to_json(self, model: str) -> dict[str, Any]:
        """Return the body of the request."""
        return _body(model, self.prompt, len(self.canvas), self.alternatives) | {
            "vllm_xargs": {
                "diffusion_canvas_length": len(self.canvas),
                "diffusion_seed_canvas": list(self.canvas),
                "diffusion_pinned": list(self.pinned),
                "diffusion_max_steps": self.steps,
                # One canvas and no more, whatever end tokens stand in it, with a log-probability at every position.
                "diffusion_read_only": 1,
            }
        }


@dataclass(frozen=True, slots=True)
class PromptRequest:
    """A prompt to be continued by at most `most_tokens`."""

    prompt: tuple[int, ...]
    most_tokens: int

    def to_json(self, model: str) -> dict[str, Any]:
        """Return the body of the request."""
        return _body(model, self.prompt, self.most_tokens)


def canvas_request(layout: Layout, row: Row, steps: int, vocabulary: int, noise: Random) -> CanvasRequest:
    """Return the request for one canvas row; free positions start from what the row says, then from noise."""
    canvas: list[int] = []
    pinned: list[int] = []
    for segment in layout.row(row):
        if isinstance(segment, Slots):
            start = [*segment.start[: segment.count], *(None,) * (segment.count - len(segment.start))]
            canvas += [noise.randrange(vocabulary) if token is None else token for token in start]
        else:
            pinned += range(len(canvas), len(canvas) + len(segment))
            canvas += segment
    return CanvasRequest(layout.prompt, tuple(canvas), tuple(pinned), steps)


def _body(model: str, prompt: tuple[int, ...], most_tokens: int, alternatives: int = 1) -> dict[str, Any]:
    return {
        "model": model,
        "prompt": list(prompt),
        "max_tokens": most_tokens,
        # Said, because a checkpoint's own default may be another one, which is refused.
        "temperature": 1.0,
        "logprobs": alternatives,
        "return_tokens_as_token_ids": True,
    }
