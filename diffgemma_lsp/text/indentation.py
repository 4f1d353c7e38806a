"""How a file is indented, and how a fill is brought into line with it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice, pairwise

# Enough to see a file's habit; more would only cost time in a very long file.
_LINES_READ = 1000
_WIDEST = 8
_INDENTED = re.compile(r"^([ \t]*)\S", re.MULTILINE)
_OPENS_BLOCK = re.compile(r"[:{(\[]\s*(?:#.*|//.*)?$")


@dataclass(frozen=True, slots=True)
class Indentation:
    r"""`unit` is one level: `\t`, or so many spaces; empty where the file does not show it."""

    unit: str = ""

    @classmethod
    def of(cls, text: str) -> Indentation:
        """Read a text's habit: tabs or spaces as most lines have it, the width of which most steps agree."""
        found = islice(_INDENTED.finditer(text), _LINES_READ)
        margins = [match[1] for match in found]
        indented = [margin for margin in margins if margin]
        if not indented:
            return cls()
        tabbed = sum(margin.startswith("\t") for margin in indented)
        if tabbed * 2 > len(indented):
            return cls("\t")
        width = _usual_step(len(margin) for margin in margins if "\t" not in margin)
        return cls(" " * width)


def opens_block(line: str) -> bool:
    """Say whether the line after `line` is usually indented one level deeper."""
    return _OPENS_BLOCK.search(line) is not None


def margin_of(line: str) -> str:
    """Return the white space at the start of `line`."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def _usual_step(widths: Iterable[int]) -> int:
    """Return the increase from a line to the next that most lines agree on, 0 if there is none."""
    steps = Counter(after - before for before, after in pairwise(widths) if after - before > 1)
    ((width, count),) = steps.most_common(1) or ((0, 0),)
    return width if width <= _WIDEST and count * 2 > steps.total() else 0
