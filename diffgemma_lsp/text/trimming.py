"""From what a model wrote into a hole to what may stand in the file.

Only repetition and white space are touched. A special token never reaches a hole; if one did, hiding it here would
hide the fault.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from diffgemma_lsp.text.reindentation import follow_indentation
from diffgemma_lsp.text.repetition import drop_repeated_prefix, drop_repeated_suffix
from diffgemma_lsp.text.surroundings import Surroundings
from diffgemma_lsp.text.traced import TokenPart, TracedText
from diffgemma_lsp.text.whitespace import drop_line_tails, drop_tail, end_file_with_newline, unify_line_ends

Rule = Callable[[TracedText, Surroundings], TracedText]

RULES: tuple[Rule, ...] = (
    unify_line_ends,
    drop_repeated_prefix,
    drop_repeated_suffix,
    follow_indentation,
    drop_line_tails,
    drop_tail,
    end_file_with_newline,
)


def trim(tokens: Sequence[str], around: Surroundings) -> tuple[TokenPart, ...]:
    """Return what is left of the token texts of a hole, in order; joined, the parts are the clean text."""
    fill = TracedText.of(tokens)
    for rule in RULES:
        fill = rule(fill, around) if fill.text else fill
    return fill.parts
