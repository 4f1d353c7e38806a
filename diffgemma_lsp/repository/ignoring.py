"""The ignore files of a repository, as they are on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath

from diffgemma_lsp.text.ignored import IgnoreFile, is_ignored

_IGNORE_FILES = (".gitignore", ".diffgemmaignore")
_MOST_REMEMBERED = 1000


@dataclass(slots=True)
class IgnoreRules:
    """Reads ignore files, each once for as long as it stays the same. Belongs to one thread."""

    _read: dict[Path, tuple[int, IgnoreFile]] = field(default_factory=dict)

    def ignoring(self, path: Path, root: Path, *, is_folder: bool = False) -> str | None:
        """Name the ignore file, in `root` or below, that leaves out a file or folder; None where none does."""
        inner, places = _places(path, root)
        for name, files in places.items():
            rules = [self._rules(file, folder) for file, folder in files]
            if is_ignored(inner, [rule for rule in rules if rule], is_folder=is_folder):
                return name
        return None

    def _rules(self, path: Path, folder: PurePosixPath) -> IgnoreFile | None:
        try:
            changed = path.stat().st_mtime_ns
            if path in self._read and self._read[path][0] == changed:
                return self._read[path][1]
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return None
        if len(self._read) >= _MOST_REMEMBERED:
            self._read.clear()
        self._read[path] = (changed, IgnoreFile.of(folder, lines))
        return self._read[path][1]


@lru_cache(_MOST_REMEMBERED)
def _places(path: Path, root: Path) -> tuple[PurePosixPath, Mapping[str, tuple[tuple[Path, PurePosixPath], ...]]]:
    """Return a path within `root`, and by their name the ignore files that may be there for it, each with its folder.

    All of it comes with each key that is pressed, and putting paths together takes longer than looking there.
    """
    inner = PurePosixPath(path.relative_to(root).as_posix())
    folders = [PurePosixPath(), *reversed(inner.parents[:-1])]
    return inner, {name: tuple((root / folder / name, folder) for folder in folders) for name in _IGNORE_FILES}
