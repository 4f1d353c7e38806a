"""The quiet gate: what of a suggestion that nobody asked for is sure enough to be shown."""

from __future__ import annotations

from diffgemma_lsp.fill.events import HoleTokens


def confident_lines(tokens: HoleTokens, threshold: float) -> HoleTokens:
    """Return the leading tokens up to the end of the last line that is confident as a whole, perhaps none.

    A line is confident while each of its tokens has at least `threshold`, in [0, 1]; white space is not judged.
    """
    kept = 0
    for number, token in enumerate(tokens):
        if "\n" in token.text and (not token.text.strip() or token.text.startswith("\n")):
            kept = number
        if token.text.strip() and token.confidence < threshold:
            return tokens[:kept]
    return tokens


def first_doubt(tokens: HoleTokens, threshold: float) -> float | None:
    """Return the confidence of the first token that has less than `threshold`, None where there is no such token."""
    doubts = (token.confidence for token in tokens if token.text.strip() and token.confidence < threshold)
    return next(doubts, None)
