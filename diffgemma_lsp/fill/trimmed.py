"""Candidates whose holes are trimmed to what may stand in the document."""

from __future__ import annotations

from dataclasses import replace

from diffgemma_lsp.fill.events import Candidate, HoleTokens, join_tokens, mean_confidence
from diffgemma_lsp.fill.task import FillTask, Hole
from diffgemma_lsp.text import Surroundings, trim


def trim_candidate(task: FillTask, candidate: Candidate, ends_file_with_newline: bool) -> Candidate:
    """Return the candidate of `task` with each hole trimmed, so that its confidences are of what is shown.

    A hole's neighbours include the other holes: those before it trimmed, those after it as the filler wrote them.
    """
    given = "".join(piece for piece in task.pieces if isinstance(piece, str))
    written = iter(candidate.texts)
    texts = [next(written) if isinstance(piece, Hole) else piece for piece in task.pieces]
    tokens = iter(candidate.holes)
    holes: list[HoleTokens] = []
    for number, piece in enumerate(task.pieces):
        if isinstance(piece, Hole):
            around = Surroundings(
                prefix="".join(texts[:number]),
                suffix="".join(texts[number + 1 :]),
                today=piece.text,
                given=given,
                ends_file_with_newline=ends_file_with_newline,
            )
            holes.append(_trim_hole(next(tokens), around))
            texts[number] = join_tokens(holes[-1])
    return replace(candidate, holes=tuple(holes), confidence=mean_confidence(holes))


def _trim_hole(tokens: HoleTokens, around: Surroundings) -> HoleTokens:
    parts = trim([token.text for token in tokens], around)
    return tuple(replace(tokens[part.index], text=part.text) for part in parts)
