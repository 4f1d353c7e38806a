"""Which documents a model may see, and why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from diffgemma_lsp.lsp.snapshot import Snapshot, path_of
from diffgemma_lsp.settings import Settings
from diffgemma_lsp.text.ignored import IgnoreFile, is_ignored
from diffgemma_lsp.text.secrets import why_secret, why_unfit

_IGNORE_FILES = (".gitignore", ".diffgemmaignore")
_MOST_REMEMBERED = 1000


@dataclass(slots=True)
class Access:
    """Reads ignore files, each once for as long as it stays the same."""

    _read: dict[Path, tuple[int, IgnoreFile]] = field(default_factory=dict)

    def why_denied(self, snapshot: Snapshot, settings: Settings, roots: tuple[Path, ...]) -> str | None:
        """Return why a document gets no suggestions and is no context, as half a sentence; None where it is."""
        if reason := self.why_unread(snapshot.uri, snapshot.language, settings, roots):
            return reason
        reason = why_unfit(snapshot.text, settings.longest_document)
        return f"this document {reason}" if reason else None

    def why_unread(self, uri: str, language: str, settings: Settings, roots: tuple[Path, ...]) -> str | None:
        """Return why a document of this name is denied whatever it holds, None where that depends on its text."""
        if not settings.enabled:
            return "diffgemma is switched off"
        if not settings.is_on(language):
            return f"diffgemma is switched off for {language}"
        if not uri.startswith(("file:", "untitled:")):
            return f"{uri.partition(':')[0]}: documents are no files"
        if reason := why_secret(uri):
            return f"this document {reason}"
        path = path_of(uri)
        if path and (ignoring := self._ignoring(Path(path), roots)):
            return f"this document is ignored by {ignoring}"
        return None

    def _ignoring(self, path: Path, roots: tuple[Path, ...]) -> str | None:
        root = _root_of(path, roots)
        inner = PurePosixPath(path.relative_to(root).as_posix())
        for name in _IGNORE_FILES:
            folders = [PurePosixPath(), *reversed(inner.parents[:-1])]
            files = [self._rules(root, folder, name) for folder in folders]
            if is_ignored(inner, [file for file in files if file]):
                return name
        return None

    def _rules(self, root: Path, folder: PurePosixPath, name: str) -> IgnoreFile | None:
        path = root / folder / name
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


def _root_of(path: Path, roots: tuple[Path, ...]) -> Path:
    """Return the folder whose ignore files count: the repository's, else the workspace's, else the file's own."""
    for folder in path.parents:
        if (folder / ".git").exists():
            return folder
    return next((root for root in roots if path.is_relative_to(root)), path.parent)
