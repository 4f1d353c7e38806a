"""Bodies behind headers, among bytes that are neither."""

from __future__ import annotations

import asyncio

import pytest

from diffgemma_lsp.lsp.framing import read_bodies

LIMIT = 200


def bodies(sent: bytes) -> list[bytes]:
    """Read all bodies of what a client sent before it hung up; a header has at most LIMIT bytes."""

    async def read() -> list[bytes]:
        reader = asyncio.StreamReader(limit=LIMIT)
        reader.feed_data(sent)
        reader.feed_eof()
        return [body async for body in read_bodies(reader)]

    return asyncio.run(read())


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"Content-Length: 2\r\n\r\n{}Content-Length: 1\r\n\r\n3", [b"{}", b"3"]),
        (b"content-length:2\r\n\r\n{}", [b"{}"]),
        (b"Content-Type: text; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}", [b"{}"]),
        (b"Content-Length: 0\r\n\r\n", [b""]),
        (b"Content-Length: " + b"1" * 11 + b"\r\n\r\nContent-Length: 2\r\n\r\n{}", [b"{}"]),
        (b"Content-Length: -2\r\n\r\nContent-Length: two\r\n\r\nContent-Length: 2\r\n\r\n{}", [b"{}"]),
        (b"GET / HTTP/1.1\r\n\r\nContent-Length: 2\r\n\r\n{}", [b"{}"]),
        (b"noise\nContent-Length: 2\r\n\r\n{}", [b"{}"]),
        (b"n" * 3 * LIMIT + b"\r\n\r\nContent-Length: 2\r\n\r\n{}", [b"{}"]),
        (b"Content-Length: 1000\r\n\r\n" + b"b" * 1000, [b"b" * 1000]),
        (b"Content-Length: 9\r\n\r\ncut", []),
        (b"Content-Leng", []),
        (b"", []),
    ],
)
def test_bodies_are_found_between_whatever_else_comes(sent: bytes, expected: list[bytes]) -> None:
    assert bodies(sent) == expected
