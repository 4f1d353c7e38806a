"""What a filler is asked: fixed text and holes, in document order."""

from __future__ import annotations

from dataclasses import dataclass, field

from diffgemma_lsp.text.precedents import Precedent


@dataclass(frozen=True, slots=True)
class Hole:
    """A place to fill.

    `text` is what stands there today: empty at a cursor or a marker, the selected text for a rewrite.
    """

    text: str = ""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A part of another document, at `path`, that has to do with the text around the holes."""

    path: str
    text: str


Piece = str | Hole


@dataclass(frozen=True, slots=True)
class FillTask:
    r"""A document with holes, and how much effort to spend on it.

    `pieces` alternate in any order; their line ends are `\n`. A cursor completion is text, hole, text; a rewrite
    is a hole that carries today's text; three marked places are three holes, filled jointly where they fit.
    `snippets` are the most related first. `precedents` are texts that an only hole may start from, best first; where
    there are several holes, they are not used.

    `max_tokens` bounds each hole, `max_steps` each canvas, `budget_seconds` the whole task (what stands then is
    the answer). None leaves it to the model's profile. The same `seed` gives the same fill on the same device.

    Raises ValueError when there is no hole or a bound is not positive.
    """

    pieces: tuple[Piece, ...]
    language: str = ""
    path: str = ""
    instruction: str | None = None
    snippets: tuple[Snippet, ...] = ()
    precedents: tuple[Precedent, ...] = ()
    candidates: int = 1
    seed: int | None = None
    max_tokens: int | None = None
    max_steps: int | None = None
    budget_seconds: float | None = None
    holes: tuple[Hole, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "holes", tuple(piece for piece in self.pieces if isinstance(piece, Hole)))
        if not self.holes:
            raise ValueError("a fill task needs at least one hole")
        for name in ("candidates", "max_tokens", "max_steps", "budget_seconds"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name} must be positive, not {value}")
