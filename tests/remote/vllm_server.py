"""A vLLM server on the loopback interface, as much of one as filling holes needs, without a model."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tokenizers
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from diffgemma_lsp.prompts.tokenizer import Tokenizer
from tests.remote.rules import why_refused

# Signed by itself, for 127.0.0.1 and for a century; its key stands beside it.
CERTIFICATE = Path(__file__).parent / "loopback.pem"

MOST_LOGPROBS = 20
"""Of the alternatives at a position, unless a server is told otherwise."""
Answer = Callable[[str], str]


@dataclass
class VllmDouble:
    """Serves `model` with the tokenizer of `tokenizer`; what it writes is `answer` of the text that it reads.

    It reads the prompt, what stands in the canvas before a hole, "⟨hole⟩", and what is given after it.

    `delay_seconds` pass before each answer. More than `capacity` requests at once are refused as overload; with
    `waits_for_overload` none is answered before one was. `takes_canvases` False is an older server, which ignores what
    it does not know. Without `echoes_what_is_given` some given positions come back as another token, the best by a
    model that was not asked about them. With `refuses_reads` a canvas may not have a single step. The special token
    `unflagged` is split like text.
    """

    tokenizer: Tokenizer
    answer: Answer = field(default=lambda _: "pass")
    model: str = "diffusiongemma"
    canvas_length: int = 48
    max_model_len: int = 4096
    key: str = ""
    delay_seconds: float = 0.0
    capacity: int = 1000
    waits_for_overload: bool = False
    takes_canvases: bool = True
    echoes_what_is_given: bool = True
    unflagged: str = ""
    refuses_reads: bool = False
    failures: list[int] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    open: int = 0
    most_open: int = 0
    hung_up: int = 0
    overloaded: int = 0
    port: int = 0
    has_certificate: bool = False

    @property
    def url(self) -> str:
        return f"{'https' if self.has_certificate else 'http'}://127.0.0.1:{self.port}"

    async def models(self, request: Request) -> Response:
        if not self._is_known(request):
            return _error(401, "Unauthorized")
        return JSONResponse({"data": [{"id": self.model, "object": "model", "max_model_len": self.max_model_len}]})

    async def tokenize(self, request: Request) -> Response:
        # As vLLM does, and not as ours: special tokens in a text are taken for such.
        file = json.loads(self.tokenizer._inner.to_str())
        file["added_tokens"] = [token for token in file["added_tokens"] if token["content"] != self.unflagged]
        inner = tokenizers.Tokenizer.from_str(json.dumps(file))
        tokens = list(inner.encode((await request.json())["prompt"], add_special_tokens=False).ids)
        return JSONResponse({"count": len(tokens), "max_model_len": self.max_model_len, "tokens": tokens})

    async def completions(self, request: Request) -> Response:
        if not self._is_known(request):
            return _error(401, "Unauthorized")
        body = await request.json()
        if self.failures:
            return _error(self.failures.pop(0), "out of order", {"retry-after": "0"})
        if reason := self._why_refused(body):
            self.refused.append(reason)
            return _error(400, reason)
        if self.open >= self.capacity:
            self.overloaded += 1
            return _error(503, "overloaded")
        self.bodies.append(body)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            if await self._is_gone(request):
                self.hung_up += 1
                return Response()
            return JSONResponse(self._completion(body))
        finally:
            self.open -= 1

    def _is_known(self, request: Request) -> bool:
        return not self.key or request.headers.get("authorization") == f"Bearer {self.key}"

    def _why_refused(self, body: dict[str, Any]) -> str | None:
        if body["model"] != self.model:
            return f"The model {body['model']} does not exist."
        if len(body["prompt"]) + body["max_tokens"] > self.max_model_len:
            return f"This model's maximum context length is {self.max_model_len} tokens."
        if body["logprobs"] > MOST_LOGPROBS:
            return f"Requested sample logprobs of {body['logprobs']}, which is greater than max allowed."
        if self.refuses_reads and body["vllm_xargs"]["diffusion_max_steps"] == 1:
            return "One step is not enough."
        if not self.takes_canvases:
            body.pop("vllm_xargs", None)
        return why_refused(body, self.canvas_length, self.tokenizer.size)

    async def _is_gone(self, request: Request) -> bool:
        """Wait for as long as an answer takes, and say whether the client hung up meanwhile."""
        clock = asyncio.get_running_loop().time
        end = clock() + self.delay_seconds
        while clock() < end or (self.waits_for_overload and not self.overloaded):
            if await request.is_disconnected():
                return True
            await asyncio.sleep(0.01)
        return False

    def _completion(self, body: dict[str, Any]) -> dict[str, Any]:
        arguments = body.get("vllm_xargs") or {}
        prompt = self.tokenizer.decode(body["prompt"])
        if "diffusion_seed_canvas" not in arguments:
            ids = self.tokenizer.encode(self.answer(prompt))[: body["max_tokens"]]
        else:
            ids = self._denoised(prompt, arguments["diffusion_seed_canvas"], set(arguments["diffusion_pinned"]))
        scores = [-0.01 * (1 + place) for place in range(len(ids))]
        logprobs = {
            "tokens": [f"token_id:{id_}" for id_ in ids],
            "token_logprobs": scores,
            "top_logprobs": [self._likeliest(*best, body["logprobs"]) for best in zip(ids, scores, strict=True)],
        }
        choice = {"index": 0, "text": self.tokenizer.decode(ids), "logprobs": logprobs, "finish_reason": "length"}
        return {"object": "text_completion", "model": self.model, "choices": [choice]}

    def _likeliest(self, best: int, score: float, count: int) -> dict[str, float]:
        """Return the best token, and others that have little chance."""
        others = [id_ for id_ in range(count) if id_ != best][: count - 1]
        return {f"token_id:{best}": score} | {f"token_id:{id_}": -9.0 for id_ in others}

    def _denoised(self, prompt: str, canvas: list[int], pinned: set[int]) -> list[int]:
        """Return the canvas with the answer in each run of free positions, and ends in what is left of it."""
        end = next(iter(sorted(self.tokenizer.special_ids)))
        ids = list(canvas)
        place = 0
        while place < len(ids):
            if place in pinned:
                place += 1
                continue
            stop = next((other for other in range(place, len(ids)) if other in pinned), len(ids))
            text = f"{prompt}{self.tokenizer.decode(ids[:place])}⟨hole⟩{self.tokenizer.decode(canvas[stop:])}"
            written = self.tokenizer.encode(self.answer(text))[: stop - place]
            ids[place:stop] = [*written, *[end] * (stop - place - len(written))]
            place = stop
        for place in () if self.echoes_what_is_given else sorted(pinned)[::3]:
            ids[place] = end
        return ids


@contextmanager
def serving(double: VllmDouble) -> Iterator[VllmDouble]:
    """Serve until the end of the block."""
    routes = [
        Route("/v1/models", double.models),
        Route("/tokenize", double.tokenize, methods=["POST"]),
        Route("/v1/completions", double.completions, methods=["POST"]),
    ]
    config = uvicorn.Config(
        Starlette(routes=routes),
        host="127.0.0.1",
        port=0,
        log_level="critical",
        lifespan="off",
        ssl_certfile=CERTIFICATE if double.has_certificate else None,
    )
    server = uvicorn.Server(config)
    has_started = threading.Event()

    async def serve() -> None:
        listener = config.bind_socket()
        double.port = listener.getsockname()[1]
        listener.listen(256)
        has_started.set()
        await server.serve(sockets=[listener])

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="vllm double")
    thread.start()
    has_started.wait()
    try:
        yield double
    finally:
        server.should_exit = True
        thread.join()


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    body = {"error": {"message": message, "type": "BadRequestError", "param": None, "code": status}}
    return JSONResponse(body, status_code=status, headers=headers)
