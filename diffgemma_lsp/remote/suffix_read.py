"""What a server's model makes of the text after a fill: a step over a canvas that ends in noise where that text begins.

The encoder's likelihood, by which a model on this machine is judged, cannot be had: asking vLLM for log-probabilities
of a diffusion model's prompt has brought servers down (vllm-project/vllm#45163). The decoder expects a text after a
fill, too, where none is given.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from diffgemma_lsp.prompts.layout import Layout
from diffgemma_lsp.prompts.reading import HoleIds
from diffgemma_lsp.remote.completion import Completion
from diffgemma_lsp.remote.request import CanvasRequest

_MOST_TOKENS = 4
"""Of the suffix: how likely they are tells where a fill should end, and farther ones say little in one step."""
_ALTERNATIVES = 20
"""Tokens of which a server tells log-probabilities: as many as vLLM allows by itself."""


@dataclass(frozen=True, slots=True)
class SuffixRead:
    """The `expected` first tokens of the suffix, in the last columns of the request's canvas."""

    request: CanvasRequest
    expected: tuple[int, ...]

    @classmethod
    def after(cls, layout: Layout, holes: Sequence[HoleIds], vocabulary: int, noise: Random) -> SuffixRead:
        """Return the read behind these fills of a layout that has a suffix."""
        expected = layout.suffix[:_MOST_TOKENS]
        whole = layout.text_row([hole.ids for hole in holes])
        given = whole[: len(whole) - len(layout.suffix)]
        canvas = (*given, *(noise.randrange(vocabulary) for _ in expected))
        request = CanvasRequest(layout.prompt, canvas, tuple(range(len(given))), steps=1, alternatives=_ALTERNATIVES)
        return cls(request, expected)

    def log_probability(self, completion: Completion) -> float | None:
        """Return the mean log-probability of the expected tokens, None where an answer tells nothing of them.

        One that is not among the alternatives counts as likely as it can be at most.
        """
        told = completion.alternatives[-len(self.expected) :]
        if len(completion.ids) != len(self.request.canvas) or len(told) != len(self.expected) or not all(told):
            return None
        scores = [_at_most(alternatives, token) for alternatives, token in zip(told, self.expected, strict=True)]
        return math.fsum(scores) / len(scores)


def _at_most(alternatives: Mapping[int, float], token: int) -> float:
    if token in alternatives:
        return alternatives[token]
    rest = 1.0 - math.fsum(map(math.exp, alternatives.values()))
    return min(math.log(max(rest, 1e-9)), *alternatives.values())
