"""Whether code parses with a fill in it."""

from __future__ import annotations

import re

from diffgemma_lsp.text.syntax.grammars import has_grammar, parse

# What is farther from the fill says nothing about it; so many characters parse in a millisecond.
_BEFORE, _AFTER = 6000, 3000
_OUTERMOST = re.compile(r"^[^\W\d]", re.MULTILINE)


def parses(prefix: str, fill: str, suffix: str, language: str) -> bool:
    """Say whether the outermost parts of a document around a fill parse with it; True without a grammar."""
    if not has_grammar(language):
        return True
    text = prefix[_start(prefix) :] + fill + suffix[: _end(suffix)]
    return not parse(text.encode("utf-8", "surrogatepass"), language).root_node.has_error


def _start(prefix: str) -> int:
    nearest = len(prefix) - _BEFORE
    if nearest <= 0:
        return 0
    found = _OUTERMOST.search(prefix, nearest)
    return found.start() if found else nearest


def _end(suffix: str) -> int:
    """Return where the last outermost part that is near begins."""
    if len(suffix) <= _AFTER:
        return len(suffix)
    starts = [found.start() for found in _OUTERMOST.finditer(suffix, 0, _AFTER) if found.start()]
    return starts[-1] if starts else _AFTER
