"""HTTP to an address, and to nowhere else."""

from __future__ import annotations

from aiohttp import BaseConnector, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector, UnixConnector

from diffgemma_lsp.engine.client.address import LOOPBACK, Address
from diffgemma_lsp.engine.client.version import VERSION, VERSION_HEADER

_TASKS = 64
# A fill is one line, with all of its tokens.
_LONGEST_LINE = 16 << 20


def connect(address: Address) -> ClientSession:
    """Return an HTTP client for an engine, of the running event loop.

    It ignores proxies, and waits for as long as each request says.
    """
    headers = {VERSION_HEADER: VERSION}
    if address.token:
        headers["authorization"] = f"Bearer {address.token}"
    connector: BaseConnector = (
        UnixConnector(address.socket, limit=_TASKS) if address.socket else TCPConnector(limit=_TASKS)
    )
    return ClientSession(
        "http://engine" if address.socket else f"http://{LOOPBACK}:{address.port}",
        connector=connector,
        headers=headers,
        timeout=ClientTimeout(total=None),
        cookie_jar=DummyCookieJar(),
        read_bufsize=_LONGEST_LINE // 2,  # twice that is aiohttp's limit of a line
    )
