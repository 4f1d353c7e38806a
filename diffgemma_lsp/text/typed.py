"""What is left of a suggestion after its reader typed on."""

from __future__ import annotations

# Editors that close a bracket or a quote as it is opened put the closing one right of the cursor.
_CLOSERS = frozenset(")]}>\"'`")


def untyped_rest(suggestion: str, typed: str, closed: str) -> str | None:
    """Return the part of `suggestion` that is not typed yet, None where something else was typed.

    `typed` is what was put before the cursor since, and `closed` what came to stand after it. Where those are closing
    brackets or quotes that the editor added, the rest comes without them, if it ends with them.
    """
    if not suggestion.startswith(typed) or len(closed) > len(typed) or not _CLOSERS.issuperset(closed):
        return None
    rest = suggestion[len(typed) :]
    return rest.removesuffix(closed) if rest.endswith(closed) else None
