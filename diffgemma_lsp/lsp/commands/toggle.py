"""`diffgemma.toggle`: switch suggestions off and on, for all languages or one, until the settings change."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

from diffgemma_lsp.lsp.commands.arguments import Arguments
from diffgemma_lsp.lsp.focus import show_focused
from diffgemma_lsp.lsp.server import Server
from diffgemma_lsp.lsp.status import Status


async def run(server: Server, arguments: Arguments) -> dict[str, Any]:
    """Turn the switch over, and return how it stands."""
    settings = server.settings
    language = arguments.text("language")
    if language is None:
        is_on = not settings.enabled
        server.use_settings(replace(settings, enabled=is_on))
        server.status_line.show(Status() if is_on else Status("Inactive", "diffgemma is switched off"))
    else:
        is_on = not settings.languages.get(language, True)
        languages = MappingProxyType({**settings.languages, language: is_on})
        server.use_settings(replace(settings, languages=languages))
        show_focused(server)
    return {"enabled": is_on, "language": language}
