"""Where a candidate comes from, as clients are told."""

from __future__ import annotations

from typing import Any

from diffgemma_lsp.fill.events import Candidate


def origin_to_plain(candidate: Candidate) -> dict[str, Any] | None:
    """Return the file and line of a candidate's precedent, how alike the places are, and the share that was changed.

    The places are alike in their lines, in the characters next to the hole, or in both.

    None where the model made the candidate by itself.
    """
    precedent = candidate.precedent
    if precedent is None:
        return None
    return {
        "path": precedent.path,
        "line": precedent.line,
        "likeness": round(precedent.score, 4),
        "context": round(precedent.context, 4),
        "changed": round(candidate.changed, 4),
    }
