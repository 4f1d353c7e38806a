"""What of a task may leave the machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from diffgemma_lsp.errors import NotSentError
from diffgemma_lsp.fill import FillTask, Snippet
from diffgemma_lsp.remote.config import RemoteConfig


def cleared(task: FillTask, config: RemoteConfig) -> FillTask:
    """Return the task as it may be sent: paths begin below a permitted folder, snippets from elsewhere are left out.

    Precedents may be from anywhere in a workspace, and are left out altogether.
    Raises NotSentError where the document itself stands elsewhere. Links count as what they point to.
    """
    task = replace(task, snippets=_permitted(task, config), precedents=())
    if not task.path:
        if config.sends_unnamed:
            return task
        raise NotSentError(
            f"text without a file is not sent to {config.origin}; set unnamed to true in {config.file} if it may be"
        )
    path = _inner_path(task.path, config.folders)
    if path is None:
        raise NotSentError(
            f"{task.path} is not sent to {config.origin}; add its folder to folders in {config.file} if it may be"
        )
    return replace(task, path=path)


def _permitted(task: FillTask, config: RemoteConfig) -> tuple[Snippet, ...]:
    named = ((snippet, _inner_path(snippet.path, config.folders)) for snippet in task.snippets)
    return tuple(replace(snippet, path=path) for snippet, path in named if path is not None)


def _inner_path(path: str, folders: tuple[Path, ...]) -> str | None:
    """Return where a file stands in the first folder that holds it, None where none does."""
    if not path:
        return None
    try:
        real = Path(path).resolve()
        holding = (folder.resolve() for folder in folders)
        return next((real.relative_to(folder).as_posix() for folder in holding if real.is_relative_to(folder)), None)
    except (OSError, RuntimeError, ValueError):  # a loop of links, a character that no path has
        return None
