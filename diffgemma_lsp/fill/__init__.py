"""The contracts: what a fill task is, what comes back, and who may answer it. Knows no model and no editor."""

from diffgemma_lsp.fill.events import (
    Candidate,
    Draft,
    Event,
    Fill,
    HoleTokens,
    Progress,
    Stage,
    StopReason,
    Timings,
    TokenText,
    join_tokens,
    mean_confidence,
)
from diffgemma_lsp.fill.filler import Filler
from diffgemma_lsp.fill.task import FillTask, Hole, Piece, Snippet

__all__ = [
    "Candidate",
    "Draft",
    "Event",
    "Fill",
    "FillTask",
    "Filler",
    "Hole",
    "HoleTokens",
    "Piece",
    "Progress",
    "Snippet",
    "Stage",
    "StopReason",
    "Timings",
    "TokenText",
    "join_tokens",
    "mean_confidence",
]
