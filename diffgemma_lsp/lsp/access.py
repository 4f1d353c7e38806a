"""Which documents a model may see, and why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from diffgemma_lsp.lsp.snapshot import Snapshot, path_of
from diffgemma_lsp.repository.ignoring import IgnoreRules
from diffgemma_lsp.repository.roots import rules_root
from diffgemma_lsp.settings import Settings
from diffgemma_lsp.text.secrets import why_secret, why_unfit


@dataclass(slots=True)
class Access:
    """Belongs to the event loop."""

    _rules: IgnoreRules = field(default_factory=IgnoreRules)

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
        name = path_of(uri)
        if reason := why_secret(name or unquote(uri)):
            return f"this document {reason}"
        if name:
            path = Path(name)
            if ignoring := self._rules.ignoring(path, rules_root(path, roots)):
                return f"this document is ignored by {ignoring}"
        return None
