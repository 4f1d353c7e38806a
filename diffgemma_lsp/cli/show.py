"""Suggestions on standard output: a diff, and the other candidates below it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from diffgemma_lsp.cli.suggestions import Outcome
from diffgemma_lsp.cli.terminal import is_terminal, visible, wants_color
from diffgemma_lsp.text import Document, LineIndex, unified_diff

_COLORS = {"---": "bold", "+++": "bold", "@@ ": "cyan", "+": "green", "-": "red"}


def show_bytes(data: bytes) -> None:
    """Write `data` to standard output as it is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def show_json(record: dict[str, Any]) -> None:
    """Write a record to standard output, in UTF-8 wherever it goes."""
    text = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
    # A file name that is no UTF-8 comes out as JSON writes such characters, too.
    show_bytes(text.encode("utf-8", "backslashreplace"))


def show_diff(outcome: Outcome, path: str) -> None:
    """Show what the best suggestion changes as a unified diff, then the texts of the others, numbered from 2 by score.

    Coloured on a terminal. Elsewhere the bytes of the diff are those of the file, so that `patch` can apply it.
    """
    before, after = outcome.document, outcome.suggestions[0].document
    others = "".join(_others(outcome))
    if not is_terminal(sys.stdout):
        diff = "".join(unified_diff(before.raw, after.raw, path))
        show_bytes(diff.encode(_diff_codec(before), "surrogateescape") + others.encode("utf-8", "backslashreplace"))
        return
    lines = unified_diff(before.text, after.text, path)
    if wants_color(sys.stdout):
        _print_colored(lines)
    else:
        print(visible("".join(lines)), end="")
    print(visible(others), end="")


def _diff_codec(document: Document) -> str:
    """Return the file's own codec, unless its line feeds are not one byte, which no diff can hold."""
    codec = document.encoding.codec
    return "utf-8" if codec.startswith("utf-16") else codec


def _print_colored(lines: Iterable[str]) -> None:
    # The terminal library is slow to import, and only colours need it.
    from rich.console import Console
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False, soft_wrap=True)
    for line in lines:
        style = next((style for mark, style in _COLORS.items() if line.startswith(mark)), "")
        console.print(Text(visible(line), style), end="")


def _others(outcome: Outcome) -> Iterator[str]:
    index = LineIndex.of(outcome.document.text)
    for number, suggestion in enumerate(outcome.suggestions[1:], start=2):
        candidate = suggestion.candidate
        yield f"\ncandidate {number}, score {candidate.score:.2f}, confidence {candidate.confidence:.2f}\n"
        for text, place in zip(candidate.texts, outcome.places, strict=True):
            yield f"  at {index.position(place.span.start)}\n"
            yield from (f"    {line}\n" for line in text.rstrip("\n").split("\n"))
