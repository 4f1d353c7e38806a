"""The protocol over a TCP connection, for clients that attach to a server in a debugger. One client, then the end."""

from __future__ import annotations

import asyncio
import logging
import sys

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.lsp.framing import read_bodies
from diffgemma_lsp.lsp.server import Server

logger = logging.getLogger(__name__)


def serve_tcp(server: Server, host: str, port: int) -> int:
    """Wait for a client on `host` and `port`, 0 for any free one, and serve it; return the exit code.

    Says on standard error where it listens. Raises InputError where it cannot.
    """
    try:
        asyncio.run(_serve(server, host, port))
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 1
    return 1


async def _serve(server: Server, host: str, port: int) -> None:
    is_over = asyncio.Event()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listener.close()
        server.protocol.set_writer(writer)
        try:
            async for body in read_bodies(reader):
                server.protocol.handle_body(body)
        except ConnectionError:
            logger.warning("the client hung up")
        finally:
            is_over.set()

    try:
        listener = await asyncio.start_server(connect, host, port)
    except OSError as error:
        raise InputError(f"cannot listen on {host}:{port} ({error.strerror}); choose another --port") from error
    name, number = listener.sockets[0].getsockname()[:2]
    sys.stderr.write(f"listening on {name}:{number}\n")
    sys.stderr.flush()
    await is_over.wait()
