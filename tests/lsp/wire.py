"""A client that shares no code with the server: bytes in, bytes out."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from tests.lsp.editor import ROOT, SECONDS


class Wire:
    """A server process and its pipes, or its socket."""

    def __init__(self, process: asyncio.subprocess.Process, reader: Any = None, writer: Any = None) -> None:
        self.process = process
        self.reader: Any = reader or process.stdout
        self.writer: Any = writer or process.stdin

    @classmethod
    async def start(cls, *arguments: str, command: str = "serve") -> Wire:
        line = (sys.executable, "-m", "diffgemma_lsp", command, "--engine", "fake", *arguments)
        pipe = asyncio.subprocess.PIPE
        return cls(await asyncio.create_subprocess_exec(*line, stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT))

    def send_bytes(self, body: bytes) -> None:
        self.writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def send(self, method: str, params: Any = None, number: int | None = None) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        self.send_bytes(json.dumps(message if number is None else {**message, "id": number}).encode())

    async def receive(self) -> Any:
        async def read() -> Any:
            header = await self.reader.readuntil(b"\r\n\r\n")
            length = int(header.lower().split(b"content-length:")[1].split()[0])
            return json.loads(await self.reader.readexactly(length))

        return await asyncio.wait_for(read(), SECONDS)

    async def answer(self, number: int) -> Any:
        """Return the answer to a request, passing over what else comes."""
        while (message := await self.receive()).get("id") != number or "method" in message:
            pass
        return message

    async def initialize(self, process_id: int | None = None) -> Any:
        self.send("initialize", {"processId": process_id, "rootUri": None, "capabilities": {}}, 1)
        answer = await self.answer(1)
        self.send("initialized", {})
        return answer

    async def end(self) -> int:
        """Say shutdown and exit, and return the exit code."""
        self.send("shutdown", None, 2)
        assert "error" not in await self.answer(2)
        self.send("exit")
        return await asyncio.wait_for(self.process.wait(), SECONDS)
