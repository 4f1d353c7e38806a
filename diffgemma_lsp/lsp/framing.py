"""Messages on their way: bodies of bytes, each behind a header with its length."""

from __future__ import annotations

import re
from asyncio import IncompleteReadError, LimitOverrunError, StreamReader
from collections.abc import AsyncGenerator

_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,10})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_HEADER_END = b"\r\n\r\n"


async def read_bodies(reader: StreamReader) -> AsyncGenerator[bytes, None]:
    """Yield the body of each message until the input ends; what stands between messages and is none is passed over."""
    while (header := await _read_header(reader)) is not None:
        if found := _LENGTH.search(header):
            try:
                yield await reader.readexactly(int(found[1]))
            except IncompleteReadError:
                return


async def _read_header(reader: StreamReader) -> bytes | None:
    """Return what comes before the next empty line, b"" where that is too long to be a header, None at the end."""
    try:
        return await reader.readuntil(_HEADER_END)
    except LimitOverrunError as error:
        await reader.readexactly(error.consumed)
        return b""
    except IncompleteReadError:
        return None
