"""The version that both sides of the socket show each other."""

from diffgemma_lsp import __version__
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.errors import EngineVersionError
from diffgemma_lsp.fill.wire import PROTOCOL

VERSION_HEADER = "diffgemma-version"
VERSION = f"{__version__}/{PROTOCOL}"


def require_same_version(theirs: str | None, spec: EngineSpec) -> None:
    """Raise EngineVersionError unless an engine is of our version; None is one that does not say."""
    if theirs != VERSION:
        raise EngineVersionError(
            f"the engine that runs is of version {theirs or 'unknown'}, and this is {VERSION}:"
            f" restart it with `{spec.command('restart')}`"
        )
