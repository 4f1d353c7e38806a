"""Cut what a fill repeats of its neighbours: the start of its own line, and the beginning of the suffix.

A cut needs evidence. Real code does repeat itself, so the thresholds were set on real code: 40,000 random spans of
Python's standard library, seen as fills of the hole that they leave, lose text in fewer than one case in a thousand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from diffgemma_lsp.text.indentation import margin_of, opens_block
from diffgemma_lsp.text.surroundings import Surroundings
from diffgemma_lsp.text.traced import TracedText

_LEAVES_BLOCK = re.compile(r"\s*(return|raise|break|continue|throw)\b")
_DEFINES = re.compile(r"\s*((async|export|pub|public|static) )*(def|class|fn|func|function|interface|struct)\s")
_CALLS = re.compile(r"[\w.]+[(\[{]")
_LINE_ENDS = (":", ";", ",")
_CONTINUES = re.compile(r"\s*[.?:&|+*/%=<>,)\]}-]")


def drop_repeated_prefix(fill: TracedText, around: Surroundings) -> TracedText:
    """Cut the start of the hole's own line where the fill says it again."""
    typed = around.line_before.lstrip(" \t")
    if not typed:
        return _drop_repeated_margin(fill, around)
    margin = len(margin_of(fill.text))
    if not fill.text.startswith(typed, margin) or not _has_letter(typed) or len(typed.strip()) < 2:
        return fill
    rest = fill.text[margin + len(typed) :]
    # A call may stand in a call of the same name; anything else that comes with its own closing is the whole line.
    closed = rest if _CALLS.fullmatch(typed) else rest.rstrip().removesuffix(around.line_after.strip())
    if around.evenness.is_broken(fill.text, rest) and around.evenness.is_broken(fill.text, closed):
        return fill
    return fill.replaced(0, margin + len(typed))


def _drop_repeated_margin(fill: TracedText, around: Surroundings) -> TracedText:
    """Cut the indentation that stands before the hole already, where there is evidence for it and none for more."""
    margin = around.line_before
    first_line, _, others = fill.text.partition("\n")
    if not margin or margin_of(first_line) != margin or not first_line.strip():
        return fill
    above = around.prefix.rstrip().rpartition("\n")[2]
    below = next((line for line in around.suffix[:1000].split("\n")[1:] if line.strip()), "")
    neighbours = {margin_of(above), margin_of(below)}
    may_be_deeper = opens_block(above) and len(margin) <= len(margin_of(above))
    has_evidence = margin in neighbours or _is_block_at(margin, first_line, others)
    is_certain = has_evidence and margin + margin not in neighbours and not may_be_deeper
    return fill.replaced(0, len(margin)) if is_certain and not _CONTINUES.match(first_line) else fill


def _is_block_at(margin: str, first_line: str, others: str) -> bool:
    """Say whether `first_line` opens a block whose body is deeper than `margin`, and not than twice as much."""
    body = next((line for line in others.split("\n") if line.strip()), "")
    return opens_block(first_line) and len(margin) < len(margin_of(body)) <= 2 * len(margin)


def drop_repeated_suffix(fill: TracedText, around: Surroundings) -> TracedText:
    """Cut a fill where the suffix begins in it.

    1. It ends with what the suffix starts with: the longest such overlap that says something, or whose cut makes the
       brackets come out even.
    2. It holds the suffix's first lines and runs on.
    3. One of its lines ends with what stands after the hole, and only with a cut there do the brackets come out even.
    """
    for find in (_overlap, _run_on, _closing):
        cut = find(fill.text, around)
        if cut is not None:
            return fill.replaced(cut, len(fill.text))
    return fill


def _overlap(fill: str, around: Surroundings) -> int | None:
    head = around.suffix[: len(fill) + 100]
    for text in (fill, fill.rstrip()):
        for length in range(min(len(text), len(head)), 0, -1):
            cut = len(text) - length
            beyond = head[length:]
            if not text.startswith(head[:length], cut) or not text[cut:].strip():
                continue
            if text != fill and beyond.strip(" \t")[:1] not in ("", "\n"):
                continue
            if around.evenness.is_restored(fill, fill[:cut]) or _ends_line_twice(text[cut:], beyond):
                return cut
            if _says_something(text[cut:]) and not around.evenness.is_broken(fill, fill[:cut]):
                return cut
    return None


def _ends_line_twice(overlap: str, beyond: str) -> bool:
    """Say whether an overlap is a sign that ends a line, and never stands there twice."""
    return overlap.strip() in _LINE_ENDS and beyond.strip(" \t")[:1] in ("", "\n")


def _says_something(overlap: str) -> bool:
    """Say whether an overlap is more than a coincidence, which one or two signs may well be."""
    return _has_letter(overlap) and len("".join(overlap.split())) > 2


def _run_on(fill: str, around: Surroundings) -> int | None:
    given = _given_lines(fill, around)
    lines = list(_whole_lines(fill, around.line_before))
    for number, (cut, line) in enumerate(lines):
        if not given or line != given[0]:
            continue
        rest = [text for _, text in lines[number:]]
        same = _common_start(rest, given)
        is_over = _is_over(rest[len(same) :], given[len(same) :])
        if _has_letter("".join(same)) and (len(same) > 1 or is_over or _cannot_go_on(line, rest[1])):
            return cut
    return None


def _common_start(one: list[str], other: list[str]) -> list[str]:
    pairs = zip(one, other, strict=False)
    return [line for line, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]


def _is_over(rest: list[str], given: list[str]) -> bool:
    """Say whether the fill ends, or breaks off in the middle of a line that is given."""
    return not rest or (len(rest) == 1 and bool(given) and given[0].startswith(rest[0]))


def _cannot_go_on(line: str, following: str) -> bool:
    """Say whether `line` can hardly stand twice: what follows a return is never reached, a name is defined once."""
    is_unreachable = _LEAVES_BLOCK.match(line) is not None and margin_of(line) == margin_of(following)
    return is_unreachable or _DEFINES.match(line) is not None


def _closing(fill: str, around: Surroundings) -> int | None:
    given = _given_lines(fill, around)
    if not given:
        return None
    if around.line_after.strip():
        ends = (found.start() for found in re.finditer(re.escape(given[0]) + r"[ \t]*$", fill, re.MULTILINE))
    else:
        ends = (cut for cut, line in _whole_lines(fill, around.line_before) if line == given[0])
    return next((cut for cut in ends if around.evenness.is_restored(fill, fill[:cut])), None)


def _given_lines(fill: str, around: Surroundings) -> list[str]:
    """Return the suffix's first lines that are not blank; as many as a fill of this length could repeat."""
    return [line for line in around.suffix[: 2 * len(fill) + 1000].split("\n") if line.strip()]


def _whole_lines(fill: str, line_before: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, each with the offset in the fill at which it starts.

    The first one takes in the indentation before the hole; it is no whole line where something else stands there.
    """
    offset = 0
    for number, line in enumerate(fill.split("\n")):
        whole = line_before + line if number == 0 else line
        if whole.strip() and (number or not line_before.strip()):
            yield offset, whole
        offset += len(line) + 1


def _has_letter(text: str) -> bool:
    return any(char.isalpha() for char in text)
