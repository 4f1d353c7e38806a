"""What is known of a model without loading it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """How a model calls itself in a fill, and how it is asked.

    `follows_instructions` says whether an instruction can have an effect. A prompt has at most `prompt_tokens`, a
    canvas at most `canvas_tokens` and, unless a task says otherwise, `steps` denoising steps; 0 is no such bound.
    `sends_to` names the server to which text leaves this machine, empty where it stays.
    """

    name: str
    follows_instructions: bool
    prompt_tokens: int = 0
    canvas_tokens: int = 0
    steps: int = 0
    sends_to: str = ""
