"""What is no vLLM server, or one that refuses: each comes to a sentence."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from diffgemma_lsp.errors import RemoteError
from diffgemma_lsp.remote.config import Limits
from diffgemma_lsp.remote.request import PromptRequest
from diffgemma_lsp.remote.server import Refusal, VllmServer
from tests.remote.fillers import config_for

REQUEST = PromptRequest((1, 2), 3)


@dataclass
class Canned:
    """Answers everything with `status` and `body`."""

    url: str = ""
    status: int = 200
    body: bytes = b"{}"
    asked: int = 0


@pytest.fixture
def canned() -> Iterator[Canned]:
    answers = Canned()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers.asked += 1
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(answers.status)
            self.send_header("content-length", str(len(answers.body)))
            self.send_header("location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()
            self.wfile.write(answers.body)

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        answers.url = f"http://127.0.0.1:{server.server_port}"
        yield answers
        server.shutdown()
        thread.join()


def ask(canned: Canned, what: str) -> Any:
    async def scene() -> Any:
        server = VllmServer(config_for(canned.url, limits=Limits(retries=2)), "", sleep=pass_at_once)
        questions: dict[str, Coroutine[Any, Any, Any]] = {
            "models": server.longest_prompt(),
            "tokenize": server.tokenize("x"),
            "complete": server.complete(REQUEST),
        }
        try:
            return await questions.pop(what)
        finally:
            for question in questions.values():
                question.close()
            await server.close()

    return asyncio.run(scene())


async def pass_at_once(seconds: float) -> None:
    assert 0 < seconds < 10


@pytest.mark.parametrize(
    ("what", "status", "body", "problem"),
    [
        ("models", 200, b"[]", "answers /v1/models with something else than models: is url that of vLLM?"),
        ("models", 200, b"<html>", "answers with something else than JSON: is url that of vLLM?"),
        ("models", 404, b"", r"refuses /v1/models \(HTTP 404\): no reason given; see vllm.toml"),
        ("models", 302, b"", r"refuses /v1/models \(HTTP 302\)"),
        ("models", 200, b'{"data": []}', 'serves no "diffusiongemma" but none: set model in vllm.toml'),
        ("tokenize", 200, b"{}", "answers /tokenize with something else than token ids: is url that of vLLM?"),
        ("tokenize", 404, b'{"detail": "Not Found"}', r"refuses /tokenize \(HTTP 404\): Not Found; see vllm.toml"),
        ("complete", 200, b"{}", "answers with something else than a completion: it holds no tokens"),
        ("complete", 200, b" " * (17 << 20), "answers with more than 16 MiB: is url that of vLLM?"),
        (
            "complete",
            400,
            b'{"error": {"message": "too long"}}',
            r"refuses /v1/completions \(HTTP 400\): too long; see",
        ),
        ("complete", 403, b"", "does not take the key: correct access.key_env or access.key_file"),
    ],
)
def test_what_is_not_as_it_must_be_is_said(canned: Canned, what: str, status: int, body: bytes, problem: str) -> None:
    canned.status, canned.body = status, body
    with pytest.raises(RemoteError, match=f"^the vLLM server at {canned.url} {problem}"):
        ask(canned, what)
    assert canned.asked == 1, "asking again would not help"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_overload_is_waited_for_as_often_as_configured(canned: Canned, status: int) -> None:
    canned.status = status
    with pytest.raises(
        RemoteError, match=rf"is overloaded or broken \(HTTP {status}\): see whether it runs, or correct"
    ):
        ask(canned, "complete")
    assert canned.asked == 3


@pytest.mark.parametrize(
    "body",
    [
        b'{"error": {"message": "diffusion_pinned needs a diffusion_seed_canvas to hold.", "code": 400}}',
        b'{"object": "error", "message": "extra_args is not known"}',
        b'{"detail": [{"loc": ["body", "vllm_xargs"], "msg": "extra fields not permitted"}]}',
    ],
)
def test_a_refusal_of_canvases_is_told_from_others(canned: Canned, body: bytes) -> None:
    canned.status, canned.body = 400, body
    refusal = ask(canned, "complete")
    assert isinstance(refusal, Refusal)
    assert any(word in refusal.message for word in ("diffusion_", "extra_args", "vllm_xargs"))


def test_a_server_need_not_say_how_long_prompts_may_be(canned: Canned) -> None:
    canned.body = b'{"data": [{"id": "diffusiongemma"}]}'
    assert ask(canned, "models") is None
    canned.body = b'{"data": [{"id": "diffusiongemma", "max_model_len": 8704}]}'
    assert ask(canned, "models") == 8704
