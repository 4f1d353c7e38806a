"""The canvas, settling in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from diffgemma_lsp.cli.drafts import draft_region, progress_line
from diffgemma_lsp.cli.terminal import visible
from diffgemma_lsp.fill import Draft, FillTask, Progress, TokenText, mean_confidence

# The least confidence for each colour, surest first.
_COLORS = ((0.9, "green"), (0.6, "cyan"), (0.3, "yellow"), (0.0, "red"))


class LiveCanvas:
    """Shows the holes of `task` and what stands around them, rewritten in place after every denoising step.

    A settled token is coloured by its confidence, an unsettled one is dim, too. Everything is cleared away at the end.
    """

    def __init__(self, task: FillTask, stream: TextIO) -> None:
        self._task = task
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def progress(self, progress: Progress) -> None:
        """Show a stage."""
        self._live.update(Text(progress_line(progress), "bold"), refresh=True)

    def draft(self, draft: Draft) -> None:
        """Show the canvas after a denoising step."""
        rendered = render_draft(self._task, draft)
        self._live.update(cut_to(rendered, self._console.width, self._console.height), refresh=True)


def render_draft(task: FillTask, draft: Draft) -> Text:
    """Return a draft, coloured, under a line that says which step this is."""
    rendered = Text()
    rendered.append(f"step {draft.step + 1}/{draft.max_steps}  confidence {mean_confidence(draft.holes):.2f}\n", "bold")
    for text, token in draft_region(task, draft):
        rendered.append(visible(text), _style(token) if token else "")
    return rendered


def cut_to(rendered: Text, width: int, height: int) -> Text:
    """Return the first line of a rendered draft, and of the others as many as fit around what settles next."""
    waiting = [span.start for span in rendered.spans if str(span.style).startswith("dim")]
    focus = waiting[0] if waiting else rendered.spans[-1].start
    head, *lines = rendered.split("\n", allow_blank=True)
    # A line that is too wide goes on in the next one.
    heights = [max(1, -(-line.cell_len // width)) for line in lines]
    kept = _around(heights, rendered.plain.count("\n", len(head) + 1, focus), height - 1)
    return Text("\n").join([head, *lines[kept.start : kept.stop]])


def _around(heights: Sequence[int], focus: int, room: int) -> range:
    """Return the places around `focus` whose heights fit into `room` together, as many on both sides if possible."""
    first, end = focus, focus + 1
    room -= heights[focus]
    while True:
        before = first > 0 and heights[first - 1] <= room
        if before:
            first -= 1
            room -= heights[first]
        after = end < len(heights) and heights[end] <= room
        if after:
            room -= heights[end]
            end += 1
        if not before and not after:
            return range(first, end)


def _style(token: TokenText) -> str:
    color = next(color for least, color in _COLORS if token.confidence >= least)
    return color if token.is_settled else f"dim {color}"
