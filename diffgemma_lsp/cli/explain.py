"""Where a candidate comes from, in a sentence."""

from __future__ import annotations

from diffgemma_lsp.fill import Candidate


def explanation(number: int, candidate: Candidate) -> str:
    """Return a sentence on candidate `number`, counted from 1."""
    name = f"candidate {number}, confidence {candidate.confidence:.2f},"
    precedent = candidate.precedent
    if precedent is None:
        how = "was written from left to right" if candidate.is_left_to_right else "comes from noise"
        return f"{name} {how} in {candidate.steps} steps"
    changed = f"{candidate.changed:.0%} of it" if candidate.changed else "nothing of it"
    alike = f"likeness {precedent.score:.2f}" if precedent.score else "by the characters next to it"
    return f"{name} is like {precedent.path}:{precedent.line} ({alike}), {changed} changed"
