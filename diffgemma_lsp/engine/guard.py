"""What every request passes: the token, where there is one, and our version on every answer."""

from __future__ import annotations

import hmac

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from diffgemma_lsp.engine.client.failure import error_to_plain
from diffgemma_lsp.engine.client.version import VERSION, VERSION_HEADER
from diffgemma_lsp.errors import EngineUnavailableError


class Guard:
    """An ASGI app around another. An empty `token` lets everyone in."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._credentials = f"Bearer {token}" if token else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse to."""

        async def send_with_version(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[VERSION_HEADER] = VERSION
            await send(message)

        app = self._app
        given = Headers(scope=scope).get("authorization", "")
        if self._credentials and not hmac.compare_digest(given.encode(), self._credentials.encode()):
            error = EngineUnavailableError("the token is not this engine's; read it from the engine's address file")
            app = JSONResponse(error_to_plain(error), status_code=401)
        await app(scope, receive, send_with_version)
