"""How likely an answer is to be the right one, by what is known of it: a logistic model for each origin.

Where several holes are filled, a simpler one says how likely a text is right, token by token.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import accumulate
from typing import Literal, Protocol, get_args

from diffgemma_lsp.prompts.section import Section

Origin = Literal["copied", "between", "written", "revised", "noise"]
ORIGINS: tuple[Origin, ...] = get_args(Origin)
"""A precedent of lines as it is, one that only the characters next to the hole tell, a line that the encoder wrote from
left to right, a precedent of lines that the model has revised, and a fill from noise."""


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of an answer, which is `text`.

    `likeness` and `context` are its precedent's score and context, 0 without one. `lead` is what its likeness has over
    that of the best other precedent, or what its context has over theirs, if it is `between`. `typed` is the logarithm
    of 1 and the characters that are typed in the hole's line. `parses` is 1 where the code around the hole parses with
    it, else 0. `confidence` is the mean logarithm of the probabilities of its tokens, 0 for a precedent that the
    decoder has not seen. `likelihood` is the encoder's, in nats a token, of the answer and what follows it; `share` the
    logarithm of its part of those of all answers.
    """

    text: str
    likeness: float
    context: float
    lead: float
    typed: float
    parses: float
    confidence: float
    likelihood: float
    share: float

    @property
    def lines(self) -> float:
        """How many line ends the answer has."""
        return float(self.text.count("\n"))

    @property
    def length(self) -> float:
        """The logarithm of 1 and the characters of the answer, blanks at its ends not counted."""
        return math.log1p(len(self.text.strip()))


class Odds(Protocol):
    """Tells how likely an answer is to be right."""

    def log_odds(self, features: Features) -> float:
        """Return the logarithm of the odds."""
        ...


@dataclass(frozen=True, slots=True)
class Weights:
    """What one unit of each feature adds to the log-odds; `bias` is where they start."""

    bias: float
    likeness: float
    context: float
    lead: float
    typed: float
    lines: float
    length: float
    parses: float
    confidence: float
    likelihood: float
    share: float

    def log_odds(self, features: Features) -> float:
        """Return the logarithm of the odds that an answer is right."""
        return self.bias + math.fsum(getattr(self, name) * getattr(features, name) for name in FEATURES)


FEATURES = tuple(field.name for field in fields(Weights) if field.name != "bias")
"""The names under which an answer's features and their weights go together."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How answers for an only hole are judged by `odds`, and how a model uses precedents.

    It looks at `looks` of them, and revises the best `rows`. Its decoder sees them if any can be revised: a token of a
    precedent is doubted where the decoder's probability of it is under `doubt`, if the precedent is like nothing; the
    more it is like the place, the less is doubted. A precedent or a written line whose probability reaches `sure` is
    not held against fills from noise.
    """

    looks: int
    rows: int
    doubt: float
    sure: float
    odds: Mapping[Origin, Odds]

    def doubt_of(self, likeness: float) -> float:
        """Return the least probability that a token of a precedent needs to be kept."""
        return self.doubt * max(0.0, 1.0 - likeness / 2.0)


@dataclass(frozen=True, slots=True)
class TextOdds:
    """How likely the text of a hole is right as far as a token, by the model's confidence in all tokens up to that.

    The log-odds begin at `bias`, and each nat of the summed logarithms of the confidences adds `slope`.
    """

    bias: float
    slope: float

    def chances(self, confidence: Sequence[float]) -> tuple[float, ...]:
        """Return the probability for each token; it falls from the first to the last."""
        totals = accumulate(map(log_confidence, confidence))
        return tuple(probability(self.bias + self.slope * total) for total in totals)


def log_confidence(confidence: float) -> float:
    """Return the logarithm, finite also where a token was given no chance at all."""
    return math.log(max(confidence, 1e-9))


def probability(log_odds: float) -> float:
    """Return the probability of given log-odds."""
    return 0.5 + 0.5 * math.tanh(log_odds / 2.0)


def read_calibration(section: Section) -> Calibration:
    """Read the section `precedents` of a profile."""
    section.only(("looks", "rows", "doubt", "sure", *ORIGINS))
    return Calibration(
        looks=section.integer("looks", 1, 16),
        rows=section.integer("rows", 0, 16),
        doubt=section.number("doubt", 1),
        sure=section.number("sure", 1),
        odds={origin: _weights(section.section(origin)) for origin in ORIGINS},
    )


def read_text_odds(section: Section) -> TextOdds:
    """Read the section `confidence` of a profile."""
    section.only(("bias", "slope"))
    return TextOdds(section.weight("bias"), section.weight("slope"))


def _weights(section: Section) -> Weights:
    names = tuple(field.name for field in fields(Weights))
    section.only(names)
    return Weights(**{name: section.weight(name) for name in names})
