"""A vLLM server over HTTP: asked again while it is overloaded, and what it refuses said in a sentence."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    SocketTimeoutError,
    TCPConnector,
)

from diffgemma_lsp.errors import ConfigError, RemoteError, RemoteUnavailableError
from diffgemma_lsp.remote.completion import Completion, completion_from_json
from diffgemma_lsp.remote.config import RemoteConfig
from diffgemma_lsp.remote.pauses import pauses, wanted_pause
from diffgemma_lsp.remote.request import CanvasRequest, PromptRequest

_OVERLOADED = frozenset({429, 500, 502, 503, 504})
_REFUSED = frozenset({400, 422})
_EXTENSIONS = ("vllm_xargs", "extra_args", "diffusion_")
# A canvas is some kilobytes; whoever sends this much sends something else.
_LARGEST_ANSWER = 16 << 20
_WORDS = 300
# Less than the five seconds after which uvicorn closes a connection: one that is used just then is lost.
_IDLE_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A server that does not take canvases says so with `message`."""

    message: str


class VllmServer:
    """The server of `config`, asked with `key`; it belongs to one event loop. `sleep` waits for seconds.

    Every method raises RemoteUnavailableError when the server cannot be reached, is overloaded for longer than the
    retries last, or does not answer in time, and RemoteError when it refuses or answers something else.
    """

    def __init__(
        self, config: RemoteConfig, key: str, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._config = config
        self._sleep = sleep
        self._random = Random()
        self._headers = {"authorization": f"Bearer {key}"} if key else {}
        self._context = _context(config)
        self._connected: ClientSession | None = None

    async def close(self) -> None:
        """Hang up."""
        if self._connected is not None:
            await self._connected.close()

    async def longest_prompt(self) -> int | None:
        """Return how many tokens a prompt and its answer may have, None where the server does not say."""
        answer = await self._ask("GET", "/v1/models")
        try:
            lengths = {str(model["id"]): model.get("max_model_len") for model in answer["data"]}
        except (KeyError, TypeError, AttributeError):
            raise self._error("answers /v1/models with something else than models: is url that of vLLM?") from None
        if self._config.model not in lengths:
            served = ", ".join(lengths) or "none"
            raise self._error(f'serves no "{self._config.model}" but {served}: set model in {self._config.file}')
        length = lengths[self._config.model]
        return length if isinstance(length, int) else None

    async def tokenize(self, text: str) -> list[int]:
        """Return the ids that the server's own tokenizer gives a text, special tokens among them."""
        body = {"model": self._config.model, "prompt": text, "add_special_tokens": False}
        answer = await self._ask("POST", "/tokenize", body)
        ids = answer.get("tokens") if isinstance(answer, dict) else None
        if not isinstance(ids, list) or not all(isinstance(id_, int) for id_ in ids):
            raise self._error("answers /tokenize with something else than token ids: is url that of vLLM?")
        return ids

    async def complete(self, request: CanvasRequest | PromptRequest) -> Completion | Refusal:
        """Return the completion of a request, or the server's refusal of canvases."""
        answer = await self._ask("POST", "/v1/completions", request.to_json(self._config.model))
        if isinstance(answer, Refusal):
            return answer
        try:
            completion = completion_from_json(answer)
        except ValueError as error:
            raise self._error(f"answers with something else than a completion: {error}") from error
        if isinstance(request, CanvasRequest) and not completion.honours(request):
            return Refusal("it changed what was given, as servers before vLLM 0.31 do")
        return completion

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Return what JSON an answer holds, or a Refusal."""
        waits = pauses(self._config.limits.retries, self._random)
        while True:
            wanted = 0.0
            try:
                status, headers, content = await self._send(method, path, body)
            except SocketTimeoutError as error:
                seconds = self._config.limits.answer_seconds
                raise self._lost(f"did not answer within {seconds:g} s: raise limits.answer_seconds") from error
            except ConnectionTimeoutError:
                problem = "cannot be reached (no connection in time)"
            except ClientError as error:
                problem = f"cannot be reached ({str(error) or type(error).__name__})"
            else:
                if status not in _OVERLOADED:
                    return self._read(status, path, content)
                problem = f"is overloaded or broken (HTTP {status})"
                wanted = wanted_pause(headers.get("retry-after"))
            wait = next(waits, None)
            if wait is None:
                raise self._lost(f"{problem}: see whether it runs, or correct url")
            await self._sleep(max(wait, wanted))

    async def _send(self, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, Mapping[str, str], bytes]:
        url = self._config.url.rstrip("/") + path
        # Text goes where the file says, and nowhere else that a server may name.
        async with self._http.request(method, url, json=body, allow_redirects=False) as response:
            content = bytearray()
            async for part in response.content.iter_any():
                content += part
                if len(content) > _LARGEST_ANSWER:
                    raise self._error(f"answers with more than {_LARGEST_ANSWER >> 20} MiB: is url that of vLLM?")
            return response.status, response.headers, bytes(content)

    @property
    def _http(self) -> ClientSession:
        """The HTTP client of the running event loop; proxies of the environment are not asked."""
        if self._connected is None:
            limits = self._config.limits
            self._connected = ClientSession(
                connector=TCPConnector(ssl=self._context, limit=limits.requests, keepalive_timeout=_IDLE_SECONDS),
                headers=self._headers,
                timeout=ClientTimeout(total=None, sock_connect=limits.connect_seconds, sock_read=limits.answer_seconds),
                cookie_jar=DummyCookieJar(),
            )
        return self._connected

    def _read(self, status: int, path: str, content: bytes) -> Any:
        if status == 200:
            try:
                return json.loads(content)
            except ValueError:
                raise self._error("answers with something else than JSON: is url that of vLLM?") from None
        words = _words(content)
        if status in (401, 403):
            raise self._error("does not take the key: correct access.key_env or access.key_file")
        if status in _REFUSED and path == "/v1/completions" and any(name in words for name in _EXTENSIONS):
            return Refusal(words)
        raise self._error(f"refuses {path} (HTTP {status}): {words or 'no reason given'}; see {self._config.file}")

    def _error(self, what: str) -> RemoteError:
        return RemoteError(f"the vLLM server at {self._config.origin} {what}")

    def _lost(self, what: str) -> RemoteUnavailableError:
        return RemoteUnavailableError(f"the vLLM server at {self._config.origin} {what} in {self._config.file}")


def _context(config: RemoteConfig) -> ssl.SSLContext | bool:
    if config.url.startswith("http:"):
        return False
    authority = config.access.certificate
    try:
        return ssl.create_default_context(cafile=None if authority is None else str(authority))
    except OSError as error:  # ssl's own errors are of this kind, too
        raise ConfigError(
            f"{authority} is no certificate that can be read ({error}): correct access.certificate"
        ) from None


def _words(content: bytes) -> str:
    """Return the sentence in which a server refuses: vLLM's error object, or whatever else it wrote."""
    try:
        value = json.loads(content)
    except ValueError:
        return " ".join(content.decode("utf-8", "replace").split())[:_WORDS]
    for _ in range(2):
        if isinstance(value, dict):
            value = value.get("error", value.get("message", value.get("detail", value)))
    return (value if isinstance(value, str) else json.dumps(value))[:_WORDS]
