"""The socket of an engine, which only its user can use."""

from __future__ import annotations

import os
import secrets
import socket

from diffgemma_lsp.engine.client.address import LOOPBACK, Address
from diffgemma_lsp.engine.client.paths import EnginePaths
from diffgemma_lsp.errors import EngineUnavailableError


def bind(paths: EnginePaths, *, uses_tcp: bool) -> tuple[socket.socket, Address]:
    """Return a bound socket and its address: a Unix socket, or loopback with a token where there are none.

    Whoever holds the engine's lock may call it, so a Unix socket that stands there is stale, and is replaced.
    """
    if uses_tcp or not hasattr(socket, "AF_UNIX"):
        listener = socket.socket(socket.AF_INET)
        listener.bind((LOOPBACK, 0))
        return listener, Address(os.getpid(), port=listener.getsockname()[1], token=secrets.token_urlsafe(32))
    paths.socket.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(str(paths.socket))
    except OSError as error:
        listener.close()
        raise EngineUnavailableError(
            f"the engine cannot listen at {paths.socket} ({error}); set XDG_RUNTIME_DIR to a folder with a short name"
        ) from error
    paths.socket.chmod(0o600)
    return listener, Address(os.getpid(), socket=str(paths.socket))
