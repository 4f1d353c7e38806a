"""Progress and drafts as people watch them: one line, or the canvas with its neighbourhood."""

from __future__ import annotations

from collections.abc import Mapping

from diffgemma_lsp.fill import Draft, FillTask, Hole, Progress, Stage, TokenText, mean_confidence

# A run of text, and the token that it is; None for text that is given.
Run = tuple[str, TokenText | None]

STAGES: Mapping[Stage, str] = {
    "loading": "loading the model",
    "prefill": "reading the prompt",
    "denoising": "denoising",
}
_CONTEXT_LINES = 3
_GAP = "⋯"


def progress_line(progress: Progress) -> str:
    """Return a stage in words, and how far it is where that can be counted; a load has too many parts to name."""
    stage = STAGES[progress.stage]
    if progress.total <= 1:
        return stage
    if progress.stage == "loading":
        return f"{stage}, {100 * progress.done // progress.total} %"
    return f"{stage} {progress.done}/{progress.total}"


def draft_line(draft: Draft, width: int) -> str:
    """Return a draft as one line of at most `width` characters: step, confidence, the texts of its holes."""
    texts = f" {_GAP} ".join(text.strip().replace("\n", "⏎") for text in draft.texts)
    line = f"step {draft.step + 1}/{draft.max_steps}  {mean_confidence(draft.holes):.2f}  {texts}".rstrip()
    return line if len(line) <= width else line[: width - 1] + "…"


def draft_region(task: FillTask, draft: Draft) -> list[Run]:
    """Return a draft's tokens between the lines around them; long texts in between are left out."""
    runs: list[Run] = []
    holes = iter(draft.holes)
    for number, piece in enumerate(task.pieces):
        if isinstance(piece, Hole):
            runs += [(token.text, token) for token in next(holes)]
        else:
            runs.append((_neighbourhood(piece, number > 0, number < len(task.pieces) - 1), None))
    return runs


def _neighbourhood(text: str, follows_hole: bool, precedes_hole: bool) -> str:
    """Return the lines of `text` that are near a hole."""
    lines = text.split("\n")
    head = lines[: _CONTEXT_LINES + 1] if follows_hole else []
    tail = lines[-_CONTEXT_LINES - 1 :] if precedes_hole else []
    if len(lines) <= len(head) + len(tail):
        return text if head and tail else "\n".join(head or tail)
    return "\n".join([*head, _GAP, *tail] if head and tail else [*head, *tail])
