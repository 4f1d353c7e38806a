"""The model card of the starter checkpoint, from what a run recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from diffgemma_lsp.corpus.packages import Role
from diffgemma_lsp.training.history import Run

LOSS_NAMES = {
    "next": "next token, left to right",
    "hole_1": "first token of a hole",
    "hole_2": "second token of a hole",
    "hole_3+": "later tokens of a hole",
    "filler": "filler",
    "stair": "next token of a hole, all before it in place",
    "end": "end of a hole, all before it in place",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the card tells.

    `runs` are those behind the weights, `share` is how much of its schedule the last one ran; `losses` are in nats, by
    the names of `validate`; `sources` are the manifest's.
    """

    parameters: int
    runs: tuple[Run, ...]
    share: float
    losses: Mapping[str, float]
    sources: tuple[Mapping[str, Any], ...]


def model_card(facts: Facts) -> str:
    """Return the card as Markdown."""
    size = {role: sum(source["bytes"] for source in _of(facts, role)) / 1e6 for role in Role}
    losses = "\n".join(f"| {LOSS_NAMES[name]} | {value:.2f} |" for name, value in facts.losses.items())
    return f"""---
license: apache-2.0
language: code
tags: [diffusion-gemma, code-infilling, python]
---
# diffgemma-lsp starter checkpoint

A small `DiffusionGemmaForBlockDiffusion` for Python, trained from random weights by `diffgemma_lsp.training`. It lets
the tools run, be tested and be measured on any machine without a download. It is far too small to be a good programmer.

- {facts.parameters / 1e6:.1f} M parameters, bfloat16, own byte-level BPE vocabulary of 4,096 tokens.
- Trained in these runs, each from the weights of the one before it, the last for {facts.share:.0%} of its schedule:
{_runs(facts)}
- Holes of 8, 16, 32 or 64 slots. The model closes a hole with `<|filler|>`; a hole without one was too small.

## Data

{size[Role.TRAIN]:.0f} MB of Python from {_sources(facts)}, without
vendored copies, generated modules, data tables, near duplicates and all but an eighth of the tests.
`licences.json` lists every source with version,
licence and bytes.

Never seen in training:

- for evaluation: {_names(facts, Role.HELD_OUT)};
- for the losses below: {_names(facts, Role.VALIDATION)};
- any benchmark's problems or solutions.

## Losses on packages that it was not trained on

Cross-entropy in nats, in the first denoising step; holes are fully random but for what is said to be in place.

| what | loss |
| --- | --- |
{losses}

## Limits

It knows Python only, and within it mostly names, punctuation and layout. It does not follow instructions. What it
writes may be wrong or insecure: read it before you keep it.
"""


def _runs(facts: Facts) -> str:
    lines = (
        f"  {number}. {run.seconds / 3600:.1f} h, {run.steps:,} steps: {run.encoder_tokens / 1e6:.1f} M tokens in the"
        f" encoder, {run.canvas_slots / 1e6:.1f} M canvas slots in the decoder"
        for number, run in enumerate(facts.runs, 1)
    )
    return "\n".join(lines)


def _sources(facts: Facts) -> str:
    sources = _of(facts, Role.TRAIN)
    unknown = [source["name"] for source in sources if not source["licence"]]
    if unknown:
        return f"{', '.join(unknown)}, whose licences nobody has looked at"
    return f"{len(sources)} permissively licensed sources"


def _of(facts: Facts, role: Role) -> list[Mapping[str, Any]]:
    return [source for source in facts.sources if source["role"] == role.value]


def _names(facts: Facts, role: Role) -> str:
    return ", ".join(source["name"] for source in _of(facts, role))
