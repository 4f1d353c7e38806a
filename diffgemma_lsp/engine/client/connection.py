"""HTTP to an address, and to nowhere else."""

from __future__ import annotations

import httpx2

from diffgemma_lsp.engine.client.address import LOOPBACK, Address
from diffgemma_lsp.engine.client.version import VERSION, VERSION_HEADER

_CONNECT_SECONDS = 5.0
_TASKS = 64


def connect(address: Address) -> httpx2.AsyncClient:
    """Return an HTTP client for an engine. It ignores proxies; how long to wait is for each request to say."""
    headers = {VERSION_HEADER: VERSION}
    if address.token:
        headers["authorization"] = f"Bearer {address.token}"
    # There is no TLS on a socket that never leaves the machine, and reading certificates takes a while.
    transport = httpx2.AsyncHTTPTransport(
        uds=address.socket or None, verify=False, trust_env=False, limits=httpx2.Limits(max_connections=_TASKS)
    )
    return httpx2.AsyncClient(
        transport=transport,
        base_url="http://engine" if address.socket else f"http://{LOOPBACK}:{address.port}",
        headers=headers,
        timeout=httpx2.Timeout(None, connect=_CONNECT_SECONDS, pool=None),
        trust_env=False,
    )
