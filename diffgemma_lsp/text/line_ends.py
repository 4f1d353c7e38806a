r"""Line ends: taken off when a file is read, put back when it is written.

Everything else in this project sees `\n` only. A line that nobody touched gets back the end that it had, also in a
file that mixes them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import chain, islice

from diffgemma_lsp.text.spans import Edit

LineEnds = tuple[str, ...]

_LINE_END = re.compile(r"\r\n|\r|\n")


def split_line_ends(raw: str) -> tuple[str, LineEnds]:
    r"""Return `raw` with `\n` line ends, and the line ends that it had, in order."""
    if "\r" not in raw:  # most texts, and an editor asks at every keystroke
        return raw, ("\n",) * raw.count("\n")
    return _LINE_END.sub("\n", raw), tuple(_LINE_END.findall(raw))


def line_start(raw: str, line: int) -> int | None:
    """Return the offset at which a line, from 0, begins in a text with its own line ends; None past the last."""
    if "\r" not in raw:
        lines = raw.split("\n", line)
        return len(raw) - len(lines[-1]) if len(lines) > line else None
    starts = chain((0,), (found.end() for found in _LINE_END.finditer(raw)))
    return next(islice(starts, line, None), None)


def join_line_ends(text: str, ends: LineEnds) -> str:
    r"""Return `text` with its `\n`s replaced by `ends`, one each: the inverse of `split_line_ends`."""
    lines = text.split("\n")
    return "".join(chain.from_iterable(zip(lines, (*ends, ""), strict=True)))


def usual_line_end(ends: LineEnds) -> str:
    r"""Return the most frequent line end, the first one seen on a tie, `\n` in a text of one line."""
    return Counter(ends).most_common(1)[0][0] if ends else "\n"


def edit_line_ends(text: str, ends: LineEnds, edits: Iterable[Edit]) -> LineEnds:
    r"""Return the line ends of `text` after `edits`, which are in document order.

    A line that an edit leaves as it was, or replaces, keeps its end; a line that an edit adds gets the usual one.
    """
    usual = usual_line_end(ends)
    parts: list[str] = []
    done = 0
    seen = 0
    for edit in edits:
        first = done + text.count("\n", seen, edit.span.start)
        last = first + text.count("\n", edit.span.start, edit.span.end)
        old = text[edit.span.start : edit.span.end]
        parts += ends[done:first]
        parts += _ends_of_rewrite(old, ends[first:last], edit.text, usual)
        done, seen = last, edit.span.end
    return (*parts, *ends[done:])


def _ends_of_rewrite(old: str, old_ends: LineEnds, new: str, usual: str) -> list[str]:
    new_ends = [usual] * new.count("\n")
    if all(end == usual for end in old_ends):
        return new_ends
    old_lines, new_lines = old.split("\n")[:-1], new.split("\n")[:-1]
    matcher = SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    for _, old_start, old_stop, new_start, new_stop in matcher.get_opcodes():
        kept = zip(range(new_start, new_stop), old_ends[old_start:old_stop], strict=False)
        for line, end in kept:
            new_ends[line] = end
    return new_ends
