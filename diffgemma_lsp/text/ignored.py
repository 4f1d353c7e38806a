"""Which files ignore files name, by the rules of gitignore."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """The rules of one ignore file; they hold below `folder`, which is relative to a root."""

    folder: PurePosixPath
    rules: GitIgnoreSpec

    @classmethod
    def of(cls, folder: PurePosixPath, lines: Iterable[str]) -> IgnoreFile:
        """Read the lines of an ignore file."""
        # A language server answers an editor before it reads such a file.
        from pathspec import GitIgnoreSpec  # noqa: PLC0415

        return cls(folder, GitIgnoreSpec.from_lines(lines))

    def verdict(self, path: PurePosixPath, is_folder: bool) -> bool | None:
        """Say whether these rules ignore `path`; False where they except it, None where they say nothing."""
        if path == self.folder or not path.is_relative_to(self.folder):
            return None
        name = path.relative_to(self.folder).as_posix()
        return self.rules.check_file(f"{name}/" if is_folder else name).include


def is_ignored(path: PurePosixPath, files: Sequence[IgnoreFile], *, is_folder: bool = False) -> bool:
    """Say whether `files`, outermost folder first, ignore `path`, a file or a folder, which is relative to their root.

    The deepest file that says something decides, but nothing comes back below a folder that is itself ignored.
    """
    return any(_is_named(part, is_folder or part != path, files) for part in (*reversed(path.parents), path))


def _is_named(path: PurePosixPath, is_folder: bool, files: Sequence[IgnoreFile]) -> bool:
    verdicts = (file.verdict(path, is_folder) for file in reversed(files))
    return next((verdict for verdict in verdicts if verdict is not None), False)
