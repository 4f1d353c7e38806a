"""The process of a language server that asks a watched engine: `python -m benchmarks.server.window MODEL`."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks.server.engine import KIND
from diffgemma_lsp.engine.client.engine_client import EngineClient
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.lsp.features import build_server
from diffgemma_lsp.lsp.resident import ResidentEngine
from diffgemma_lsp.lsp.stdio import serve_stdio
from diffgemma_lsp.settings import Settings


def connect(notify: Callable[[str], None]) -> EngineClient:
    command = [sys.executable, "-m", "benchmarks.server.engine"]
    return EngineClient(EngineSpec(KIND, sys.argv[1]), notify=notify, command=command)


if __name__ == "__main__":
    sys.exit(serve_stdio(build_server(ResidentEngine(connect), Settings())))
