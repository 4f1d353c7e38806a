"""The protocol over standard input and output, which nothing else may write to."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from contextlib import suppress

from pygls.io_ import StdoutWriter

from diffgemma_lsp.lsp.framing import read_bodies
from diffgemma_lsp.lsp.server import Server

logger = logging.getLogger(__name__)

_CHUNK = 1 << 16


def serve_stdio(server: Server) -> int:
    """Serve until the client says exit or closes our input; return the exit code."""
    source = os.dup(sys.stdin.fileno())
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # A print from a library would break the protocol; in the log it is harmless.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    server.protocol.set_writer(StdoutWriter(sink))
    try:
        asyncio.run(_serve(server, source))
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 1
    except BrokenPipeError:
        logger.warning("the client hung up")
        return 1
    return 1


async def _serve(server: Server, source: int) -> None:
    reader = asyncio.StreamReader(limit=_CHUNK)
    try:
        _read_when_ready(source, reader)
    except (NotImplementedError, OSError):
        # Windows has no way to wait for a pipe, and nobody has one to wait for a file.
        _read_beside(source, reader)
    async for body in read_bodies(reader):
        server.protocol.handle_body(body)


def _read_when_ready(source: int, reader: asyncio.StreamReader) -> None:
    """Have the running event loop read. Raises NotImplementedError or OSError where it cannot."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        try:
            data = os.read(source, _CHUNK)
        except OSError:
            data = b""
        if data:
            reader.feed_data(data)
        else:
            loop.remove_reader(source)
            reader.feed_eof()

    loop.add_reader(source, read)


def _read_beside(source: int, reader: asyncio.StreamReader) -> None:
    """Have a thread read; a daemon, so that an exit does not wait for a client that keeps our input open."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        # The loop is closed once the server has ended, and nobody waits for what still comes.
        with suppress(RuntimeError, OSError):
            while data := os.read(source, _CHUNK):
                loop.call_soon_threadsafe(reader.feed_data, data)
            loop.call_soon_threadsafe(reader.feed_eof)

    threading.Thread(target=read, name="stdin", daemon=True).start()
