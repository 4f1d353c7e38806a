"""What is left of a suggestion after its reader typed on."""

from __future__ import annotations

# Editors that close a bracket or a quote as it is opened change the suffix together with the prefix.
_CLOSERS = frozenset(")]}>\"'`")


def untyped_rest(suggestion: str, before: tuple[str, str], now: tuple[str, str]) -> str | None:
    """Return the part of `suggestion` that is not typed yet, None where something else was typed.

    `before` and `now` are prefix and suffix of the cursor when the suggestion was made, and today. Where an editor
    added closing brackets or quotes right of the cursor, the rest comes without them, if it ends with them.
    """
    prefix, suffix = now
    if not prefix.startswith(before[0]) or not suffix.endswith(before[1]):
        return None
    typed = prefix[len(before[0]) :]
    closed = suffix[: len(suffix) - len(before[1])]
    if not suggestion.startswith(typed) or len(closed) > len(typed) or not _CLOSERS.issuperset(closed):
        return None
    rest = suggestion[len(typed) :]
    return rest.removesuffix(closed) if rest.endswith(closed) else None
