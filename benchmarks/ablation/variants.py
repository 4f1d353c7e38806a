"""What is changed of the recipe: constants of the training code by their full names, its settings, or a shape."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from unittest.mock import patch

from diffgemma_lsp.corpus.cuts import Cut, Kind, cut
from diffgemma_lsp.training.corruption import Noise
from diffgemma_lsp.training.shape import SHAPES, Shape

_TRAINING = "diffgemma_lsp.training"


@dataclass(frozen=True, slots=True)
class Variant:
    """One change. `from_start` says whether it goes on from finished weights, or begins with random ones.

    `constants` have names within the training package, `vocabulary` is a size other than the starter's.
    """

    name: str
    from_start: bool = True
    constants: Mapping[str, object] = field(default_factory=dict)
    slots: int | None = None
    joint_from: float | None = None
    shape: Shape | None = None
    vocabulary: int | None = None

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Have the training code work by this variant. Raises AttributeError for a constant that is none any more."""
        changes = dict(self.constants)
        if self.vocabulary is not None:
            changes |= {f"{module}.VOCABULARY_SIZE": self.vocabulary for module in ("vocabulary", "shape")}
        if self.shape is not None:
            changes["shape.SHAPES"] = {**SHAPES, self.name: self.shape}
        with ExitStack() as stack:
            for name, value in changes.items():
                module, _, constant = f"{_TRAINING}.{name}".rpartition(".")
                stack.enter_context(patch.object(import_module(module), constant, value))
            yield


def _cut_between_words(text: str, near: int, rng: random.Random, kind: Kind | None = None) -> Cut | None:
    """Return a hole whose ends do not split a word."""
    found = cut(text, near, rng, kind)
    if found is None:
        return None
    start, end = (_word_start(text, offset) for offset in (found.start, found.end))
    return Cut(start, end, found.kind) if text[start:end].strip() else None


def _word_start(text: str, offset: int) -> int:
    while 0 < offset < len(text) and text[offset - 1].isalnum() and text[offset].isalnum():
        offset -= 1
    return offset


VARIANTS = (
    Variant("as it is"),
    Variant("from random weights", from_start=False),
    Variant("no self-conditioning", constants={"learning.CONDITIONED_SHARE": 0.0}),
    Variant("noise fills its hole always", constants={"corruption.FULLY_RANDOM_SHARE": 1.0}),
    Variant("noise fills its hole by chance alone", constants={"corruption.FULLY_RANDOM_SHARE": 0.0}),
    Variant("no suffix in the prompt", constants={"layout.SUFFIX_SHARE": 0.0}),
    Variant("suffix always in the prompt", constants={"layout.SUFFIX_SHARE": 1.0}),
    Variant("vocabulary of 2048", from_start=False, vocabulary=2048),
    Variant("vocabulary of 8192", from_start=False, vocabulary=8192),
    Variant("8 half experts, 2 at once", from_start=False, shape=Shape(256, 512, 128, 4, 2, 8, 2)),
    Variant("deep: 8 layers of 192", from_start=False, shape=Shape(192, 384, 192, 4, 4)),
    Variant("wide: 2 layers of 384", from_start=False, shape=Shape(384, 768, 384, 6, 1)),
    Variant("filler counts four times", constants={"layout.FILLER_WEIGHT": 4.0}),
    Variant("filler counts a quarter", constants={"layout.FILLER_WEIGHT": 0.25}),
    Variant("no more slack than needed", constants={"layout.ROOMY_SHARE": 0.0}),
    Variant("the next size always", constants={"layout.ROOMY_SHARE": 1.0}),
    Variant("clean tokens count in full", constants={"corruption.BEFORE_NEXT": 1.0}),
    Variant("holes between words", constants={"layout.cut": _cut_between_words}),
    Variant("joint from the start", from_start=False, joint_from=0.0),
    Variant("4 experts", from_start=False, shape=Shape(256, 512, 256, 4, 2, experts=4)),
    Variant("self-conditioning always", constants={"learning.CONDITIONED_SHARE": 1.0}),
    Variant("far noise counts in full", constants={"corruption.BESIDE_NEXT": 1.0}),
    Variant("768 slots a document", slots=768),
    Variant("192 slots a document", slots=192),
    Variant("no stairs, no staircases", constants={"dialect.STAIRS": Noise()}),
    Variant("staircases alone", constants={"dialect.STAIRS": Noise(staircases=1.0)}),
    Variant("left to right for 60 %", from_start=False, joint_from=0.6),
    Variant("no staircases", constants={"dialect.STAIRS": Noise(stairs=0.6)}),
    Variant("nine in ten stairs", constants={"dialect.STAIRS": Noise(stairs=0.9)}),
)
"""In the order in which they are run: what matters most first."""
