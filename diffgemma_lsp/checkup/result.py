"""What a check found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from diffgemma_lsp.fill import Progress

Verdict = Literal["ok", "note", "FAIL"]


@dataclass(frozen=True, slots=True)
class Result:
    """A sentence, and lines that explain it. A `note` works, but should be read."""

    text: str
    lines: tuple[str, ...] = ()
    verdict: Verdict = "ok"


# Told how far it is while it is at work. Raises an error of the tree where it fails.
Check = Callable[[Callable[[Progress], None]], Result]
